"""Data sets of two folders, images and labels, with a list of names for each split or none."""

from pathlib import Path

from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.pairing import LABEL_SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import no_orphans
from keras_uda.data.readers.reader import Reader

CONVERTED = "_labelTrainIds"  # what other toolkits write beside the labels


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
    ) -> list[Pair]:
        """Pairs of two folders.

        Args:
            root: folder of the data.
            split: named in the messages, and by the list.
            image_folder, label_folder: below the root; None: no labels. A folder of labels may be missing.
            lists: a list in the root selects the images of the split.
            label_suffix: what the stem of a label has beyond that of its image.
        """
        images_at = root / image_folder
        self.require_folder(images_at, split)
        images = by_stem(images_at, SUFFIXES)
        labels_at = root / label_folder if label_folder and (root / label_folder).is_dir() else None
        labels = by_stem(labels_at, LABEL_SUFFIXES, label_suffix) if labels_at else None
        if labels is not None:
            labels = {key: path for key, path in labels.items() if not key.endswith(CONVERTED)}
            no_orphans(images, labels, labels_at)
        return join(self.of_split(images, images_at, root, split) if lists else images, labels, images_at, labels_at)
