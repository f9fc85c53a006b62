"""Any images, with or without labels: what people have."""

from fnmatch import fnmatchcase
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.readers.flat import FlatReader
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.recognise import refuse_published

USUAL_NAMES = (("images", "labels"), ("image", "label"))


class Folder(FlatReader):
    """Images and labels in the first of these forms that is there.

    `<images>/<split>/` with `<labels>/<split>/`; `<images>/` with `<labels>/`, selected by `<split>.txt`; a folder
    `<split>/`, or the root itself, with images only.

    Args:
        images: folder of the images below the root; None: `images` or `image`.
        labels: folder of the labels below the root; None: `labels` or `label`.
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
        self.only = tuple(only) or ("*",)
        self.names = [(images, labels or "labels")] if images else [(i, labels or usual) for i, usual in USUAL_NAMES]
        self.images, self.labels, self.label_suffix = images, labels, label_suffix
        for key, name in (("images", images), ("labels", labels)):
            if name is not None and (Path(name).is_absolute() or ".." in Path(name).parts):
                raise UsageError(f"data.*.arguments.{key}", f"`{name}` is not below the root", "Name a folder below it")
        if any(Path(label_folder).is_relative_to(image_folder) for image_folder, label_folder in self.names):
            what = f"`{labels or 'labels'}` is among the images of `{images or 'images'}`"
            raise UsageError("data.*.arguments.labels", what, "Keep images and labels in folders beside each other")

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        if not (self.images or self.labels):
            refuse_published(root)
        found = self._of_split_or_root(root, split, labels)
        kept = [pair for pair in found if any(fnmatchcase(pair.name, pattern) for pattern in self.only)]
        if not kept:
            what = f"none of {len(found)} images of `{split}` has a name like {', '.join(self.only)}"
            raise DataError(root, what, "Correct data.*.arguments.only")
        return kept

    def _of_split_or_root(self, root: Path, split: str, labels: bool) -> list[Pair]:
        for images, label_folder in self.names:
            wanted = label_folder if labels else None
            if (root / images / split).is_dir():
                return self._join(root, split, f"{images}/{split}", wanted and f"{wanted}/{split}", lists=False)
            others = [name for name in self.splits if (root / images / name).is_dir()]
            if others:
                found = f"there is only {', '.join(others)}"
                raise DataError(
                    root / images, f"no folder `{split}`, {found}", "Correct data.*.split or add the folder"
                )
            if self.images or (root / images).is_dir():
                return self._join(root, split, images, wanted)
        if labels and self.labels:
            raise DataError(root, f"no folder of images beside `{self.labels}`", "Name it: data.*.arguments.images")
        if (root / split).is_dir():
            return self._join(root, split, split, None, lists=False)
        return self._join(root, split, ".", None)

    def _join(self, root: Path, split: str, images: str, labels: str | None, lists: bool = True) -> list[Pair]:
        if labels and self.labels and not (root / labels).is_dir():
            raise DataError(root / labels, "no such folder", "Correct data.*.arguments.labels or add the folder")
        return self.pairs_of_folders(root, split, images, labels, lists=lists, label_suffix=self.label_suffix)
