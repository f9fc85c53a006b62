"""Any images, with or without labels: what people have, and what their tools write."""

from fnmatch import fnmatchcase
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import resource_errors
from keras_uda.data.readers.file_names import composed
from keras_uda.data.readers.flat import FlatReader
from keras_uda.data.readers.folder_layouts import IMAGES
from keras_uda.data.readers.folder_layouts import LABELS
from keras_uda.data.readers.folder_layouts import Place
from keras_uda.data.readers.folder_layouts import Tree
from keras_uda.data.readers.folder_layouts import find_place
from keras_uda.data.readers.labels_among_images import no_labels_among
from keras_uda.data.readers.labels_among_images import split_off_labels
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.recognise import refuse_published
from keras_uda.data.readers.splits import SPLITS
from keras_uda.data.readers.splits import list_of
from keras_uda.data.readers.splits import split_in


class Folder(FlatReader):
    """Images and labels in the first of the forms of `folder_layouts.LAYOUTS` that is there, or images alone.

    Labels may lie beside their images (`a.jpg`, `a_mask.png`). What looks like a label is never read as an image.

    Args:
        images: folder of the images below the root; None: a usual name.
        labels: folder of the labels below the root; None: a usual name.
        label_suffix: what names of labels have beyond those of their images (`_mask`: `0001_mask.png` of `0001.jpg`).
        only: patterns (`*`, `?`, `[...]`) of the names of the images that count, as of one drive; none: all.
    Raises:
        UsageError: a folder that is not below the root, or labels among the images.
    """

    def __init__(
        self,
        *,
        images: str | None = None,
        labels: str | None = None,
        label_suffix: str = "",
        only: tuple[str, ...] = (),
    ):
        self.only = tuple(map(composed, only)) or ("*",)
        self.images, self.labels, self.label_suffix = images, labels, label_suffix
        for key, name in (("images", images), ("labels", labels)):
            if name is not None and (Path(name).is_absolute() or ".." in Path(name).parts):
                raise UsageError(f"data.*.arguments.{key}", f"`{name}` is not below the root", "Name a folder below it")
        if images and Path(labels or "labels").is_relative_to(images):
            what = f"`{labels or 'labels'}` is among the images of `{images}`"
            raise UsageError("data.*.arguments.labels", what, "Keep images and labels in folders beside each other")

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        found = self._of_split_or_root(root, split, labels)
        kept = [pair for pair in found if any(fnmatchcase(pair.name, pattern) for pattern in self.only)]
        if not kept:
            what = f"none of {len(found)} images of `{split}` has a name like {', '.join(self.only)}"
            raise DataError(root, what, "Correct data.*.arguments.only")
        return kept

    def _of_split_or_root(self, root: Path, split: str, labels: bool) -> list[Pair]:
        images, label_folders = (self.images,) if self.images else IMAGES, (self.labels,) if self.labels else LABELS
        with resource_errors(root):
            place = find_place(root, split, images, label_folders)
            if place.lists and not (self.images or self.labels):  # its folders are not those of splits
                refuse_published(root)
            self._check(place, split, labels)
        return self.pairs_of_folders(
            place.root,
            split,
            place.images,
            place.labels if labels else None,
            lists=place.lists,
            label_suffix=self.label_suffix,
            beside=labels,
        )

    def _check(self, place: Place, split: str, labels: bool) -> None:
        root = place.root
        named = self.images is None or self.images.lower() in place.images.lower()
        if not named:
            raise DataError(root / self.images, "no such folder", "Correct data.*.arguments.images")
        if labels and self.labels and place.labels is None:
            if not self.images and place.images in (".", split):
                what = f"no folder of images beside `{self.labels}`"
                raise DataError(root, what, "Name it: data.*.arguments.images")
            raise DataError(root / self.labels, "no such folder", "Correct data.*.arguments.labels or add the folder")
        others = _other_splits(root / place.images) if place.lists and place.images != "." else []
        if others and list_of(root, split) is None:
            remedy = "Correct data.*.split or add the folder"
            found = ", ".join(others)
            raise DataError(root / place.images, f"no folder `{split}`, there is only {found}", remedy)

    def images_of(self, pictures: dict[str, Path], folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
        images, labels = split_off_labels(pictures)
        no_labels_among(images, folder)
        return images, labels

    def of_split(self, images: dict[str, Path], folder: Path, root: Path, split: str) -> dict[str, Path]:
        splits = {key: split_in(key) for key in images}
        if list_of(root, split) is not None or not any(splits.values()):
            return super().of_split(images, folder, root, split)
        rest = (None,) if split == self.splits[0] else ()  # what is in the folder of no split is to be trained on
        chosen = {key: path for key, path in images.items() if splits[key] in (split, *rest)}
        if not chosen:
            found = ", ".join(sorted(filter(None, set(splits.values()))))
            what = f"no folder of the split `{split}`: all {len(images)} images are below {found}"
            raise DataError(folder, what, "Correct data.*.split, or name the folder as the root")
        return chosen


def _other_splits(folder: Path) -> list[str]:
    """Folders of splits that lie in a folder of images."""
    found = Tree(folder).subfolders(folder)
    return [found[name] for names in SPLITS.values() for name in names if name in found]
