"""Data sets of two folders, images and labels, with a list of names for each split or none."""

from pathlib import Path

from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.file_names import LABEL_SUFFIXES
from keras_uda.data.readers.label_names import match_labels
from keras_uda.data.readers.labels_among_images import require_neighbours
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import no_orphans
from keras_uda.data.readers.reader import Reader


class FlatReader(Reader):
    """Images in one folder, labels of the same names in another; `<split>.txt` in the root selects if it is there.

    Attributes:
        image_folder, label_folder: below the root.
    """

    image_folder = "images"
    label_folder = "labels"

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        return self.pairs_of_folders(root, split, self.image_folder, self.label_folder if labels else None)

    def pairs_of_folders(
        self,
        root: Path,
        split: str,
        image_folder: str,
        label_folder: str | None,
        *,
        lists: bool = True,
        label_suffix: str = "",
        beside: bool = False,
    ) -> list[Pair]:
        """Pairs of two folders.

        Args:
            root: folder of the data.
            split: named in the messages, and by the list.
            image_folder, label_folder: below the root; None: no labels. A folder of labels may be missing.
            lists: a list in the root selects the images of the split.
            label_suffix: what the stem of a label has beyond that of its image.
            beside: labels among the images count where there is no folder of labels.
        """
        images_at = root / image_folder
        self.require_folder(images_at, split)
        images, labels = self.images_of(by_stem(images_at, SUFFIXES), images_at)
        labels_at = images_at if beside and labels else None
        if label_folder and (root / label_folder).is_dir():
            labels_at = root / label_folder
            labels = by_stem(labels_at, LABEL_SUFFIXES, label_suffix)
        if labels_at is not None:
            labels = match_labels(images, labels, label_suffix if labels_at != images_at else "")
            if labels_at == images_at:
                require_neighbours(images, labels, images_at)
            no_orphans(images, labels, labels_at)
        chosen = self.of_split(images, images_at, root, split) if lists else images
        return join(chosen, labels if labels_at else None, images_at, labels_at)

    def images_of(self, pictures: dict[str, Path], folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
        """(images, labels beside them) of the pictures in the folder of images; here there are images alone."""
        return pictures, {}
