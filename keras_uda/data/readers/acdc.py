"""ACDC: streets in fog, at night, in rain and in snow."""

from typing import Literal

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.layout import several
from keras_uda.data.readers.places import Files

Conditions = Literal["fog", "night", "rain", "snow"] | tuple[Literal["fog", "night", "rain", "snow"], ...]
BELOW = "{condition}/{split}"


class ACDC(LayoutReader):
    """`rgb_anon/<condition>/<split>/<sequence>/*_rgb_anon.png`, `gt/.../*_gt_labelTrainIds.png`; `test` has no labels.

    The splits `train_ref`, `val_ref` and `test_ref` are the same places in clear weather, one frame for each.

    Args:
        condition: one or some of the four that there are.
    Source: Sakaridis et al., ACDC, ICCV 2021, https://acdc.vision.ee.ethz.ch; folders of the published archives
    """

    class_map = "cityscapes_train_ids"
    splits = ("train", "val", "test", "train_ref", "val_ref", "test_ref")
    subsets = {"fog": "fog/*", "night": "night/*", "rain": "rain/*", "snow": "snow/*"}
    images = (Files("rgb_anon", BELOW, end="_rgb_anon"), Files("rgb_anon", BELOW, end="_rgb_ref_anon"))
    labels = (
        Files("gt", BELOW, end="_gt_labelTrainIds", suffixes=PNG, class_map="cityscapes_train_ids"),
        Files("gt", BELOW, end="_gt_labelIds", suffixes=PNG, class_map="cityscapes"),
        Files("gt", BELOW, end="_gt_ref_labelTrainIds", suffixes=PNG, class_map="cityscapes_train_ids"),
    )

    def __init__(self, *, condition: Conditions = ("fog", "night", "rain", "snow")):
        self.condition = several("condition", condition)

    def parts(self, split: str) -> list[dict[str, str]]:
        return [{"split": split, "condition": condition} for condition in self.condition]
