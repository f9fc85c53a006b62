"""Cityscapes: streets of fifty cities."""

from pathlib import Path

from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.reader import Reader


class Cityscapes(Reader):
    """`leftImg8bit/<split>/<city>/*_leftImg8bit.png` and `gtFine/<split>/<city>/*_gtFine_labelIds.png`.

    Source: Cordts et al., The Cityscapes Dataset, CVPR 2016; folders of the published archives
    """

    class_map = "cityscapes"

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        image_folder, label_folder = root / "leftImg8bit" / split, root / "gtFine" / split
        self.require_folder(image_folder, split)
        images = by_stem(image_folder, SUFFIXES, "_leftImg8bit")
        found = by_stem(label_folder, (".png",), "_gtFine_labelIds") if labels and label_folder.is_dir() else None
        return join(images, found or None, image_folder, label_folder)
