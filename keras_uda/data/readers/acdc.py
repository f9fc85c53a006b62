"""ACDC: streets in fog, at night, in rain and in snow."""

from pathlib import Path
from typing import Literal

from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.reader import Reader


class ACDC(Reader):
    """`rgb_anon/<condition>/<split>/<sequence>/*_rgb_anon.png`, `gt/.../*_gt_labelTrainIds.png`; `test` has no labels.

    Args:
        condition: which of the four there are.
    Source: Sakaridis et al., ACDC, ICCV 2021, https://acdc.vision.ee.ethz.ch; folders of the published archives
    """

    class_map = "bdd100k"  # train ids of Cityscapes, as ACDC has them

    def __init__(
        self, *, condition: tuple[Literal["fog", "night", "rain", "snow"], ...] = ("fog", "night", "rain", "snow")
    ):
        self.condition = tuple(condition)

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        images, found = {}, {}
        for condition in self.condition:
            folder, label_folder = root / "rgb_anon" / condition / split, root / "gt" / condition / split
            self.require_folder(folder, split)
            below = f"{condition}/{split}/"
            images |= {below + key: path for key, path in by_stem(folder, SUFFIXES, "_rgb_anon").items()}
            if labels and label_folder.is_dir():
                of_split = by_stem(label_folder, (".png",), "_gt_labelTrainIds")
                found |= {below + key: path for key, path in of_split.items()}
        return join(images, found or None, root / "rgb_anon", root / "gt")
