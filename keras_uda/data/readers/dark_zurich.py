"""Dark Zurich: streets of Zurich at night, at twilight and by day."""

from typing import Literal

from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.layout import several
from keras_uda.data.readers.places import Files

Times = Literal["day", "twilight", "night"] | tuple[Literal["day", "twilight", "night"], ...]
BELOW = "{split}/{time}"


class DarkZurich(LayoutReader):
    """`rgb_anon/<split>/<time>/<sequence>/*_rgb_anon.png`, and `gt/val/night/.../*_gt_labelTrainIds.png`.

    Only `val` has labels. The splits `val_ref` and `test_ref` are the same places by day.

    Args:
        time: one or some times of the day; what a split does not have is left out.
    Source: Sakaridis et al., Guided Curriculum Model Adaptation, ICCV 2019, https://arxiv.org/abs/1901.05946; folders
        of the published archives
    """

    class_map = "cityscapes_train_ids"
    splits = ("train", "val", "test", "val_ref", "test_ref")
    subsets = {"day": "*/day/*", "twilight": "*/twilight/*", "night": "*/night/*"}
    every_part = False
    images = (Files("rgb_anon", BELOW, end="_rgb_anon"), Files("rgb_anon", BELOW, end="_rgb_ref_anon"))
    labels = (
        Files("gt", BELOW, end="_gt_labelTrainIds", suffixes=PNG, class_map="cityscapes_train_ids"),
        Files("gt", BELOW, end="_gt_labelIds", suffixes=PNG, class_map="cityscapes"),
    )

    def __init__(self, *, time: Times = "night"):
        self.time = several("time", time)

    def parts(self, split: str) -> list[dict[str, str]]:
        return [{"split": split, "time": time} for time in self.time]
