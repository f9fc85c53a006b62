"""What the arguments of methods may be: a range, a length or a list of words for each name, checked without TensorFlow.

Arguments of one name mean the same in every method, so that a range belongs to a name.
"""

import math
from typing import NamedTuple

from keras_uda.config.names import WEAK_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import StageConfig
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean


class Range(NamedTuple):
    """Numbers from `low` to `high`; without `low` or `high` themselves where they are not part of it.

    Args:
        lengths: how many numbers a list may have; () any.
    """

    low: float
    high: float
    with_low: bool = True
    with_high: bool = True
    lengths: tuple[int, ...] = ()

    def holds(self, number: float) -> bool:
        inside = self.low < number < self.high
        return inside or (number == self.low and self.with_low) or (number == self.high and self.with_high)

    def __str__(self) -> str:
        low = f"{self.low:g}" if self.with_low else f"more than {self.low:g}"
        high = f"{self.high:g}" if self.with_high else f"less than {self.high:g}"
        return f"{low} to {high}"


MOST = 1e9
WEIGHT, SHARE, COUNT = Range(0, MOST), Range(0, 1), Range(0, MOST)
WIDTH = Range(1, 65536)
PAIR_OF_CHANCES = Range(0, 1, lengths=(2,))
RANGES = {
    "total_steps": Range(1, MOST),
    "ramp": Range(0, 1000, with_low=False),
    "discriminator_base": WIDTH,
    "discriminator_depth": Range(1, 8),
    "discriminator_width": WIDTH,
    "generator_base": WIDTH,
    "category_width": Range(0, 65536),
    "projection_width": WIDTH,
    "memory_size": WIDTH,
    "dropout": Range(0, 1, with_high=False),
    "sharpness": Range(0, 1000, with_low=False),
    "threshold": SHARE,
    "confidence": SHARE,
    "memory_confidence": SHARE,
    "memory_start": SHARE,
    "contrast_start": SHARE,
    "teacher_decay": SHARE,
    "prototype_momentum": SHARE,
    "entropy_share": Range(0, 1, with_low=False),
    "prior_share": SHARE,
    "source_ratios": SHARE,
    "source_areas": SHARE,
    "source_sizes": SHARE,
    "strong_chances": PAIR_OF_CHANCES,
    "paste_chances": PAIR_OF_CHANCES,
    "crop": Range(0, 1, with_low=False, lengths=(0, 2)),
    "crop_scales": Range(0, 100, with_low=False, lengths=(2,)),
    "labelled_images": COUNT,
    "unlabelled_images": COUNT,
    "batch": Range(1, MOST),
}
WORDS = {"weak": WEAK_LABELS, "policy": ("float32", "mixed_bfloat16", "mixed_float16")}
OF_EVERY_LEVEL = ("segmentation_weights", "adversarial_weights", "entropy_weights", "prior_weights")
OF_EVERY_CLASS = ("source_ratios", "source_areas", "source_sizes")


def range_of(argument: str) -> Range | None:
    """The range of an argument; every weight of a loss is at least 0."""
    return WEIGHT if argument.endswith(("_weight", "_weights")) else RANGES.get(argument)


def check_arguments(run: RunConfig, name: str, stage: StageConfig) -> None:
    """Raises UsageError for an argument outside its range, or a list that is too short for levels or classes."""
    for key, value in stage.arguments.items():
        where = f"stages.{name}.arguments.{key}"
        if key in WORDS and value not in WORDS[key]:
            raise UsageError(where, f"`{value}` is not possible", did_you_mean(value, WORDS[key]))
        if range_of(key) is not None:
            _check_range(where, value, range_of(key))
        _check_length(run, where, key, value)


def _check_range(where: str, value: object, allowed: Range) -> None:
    if isinstance(value, (list, tuple)) and allowed.lengths and len(value) not in allowed.lengths:
        remedy = f"Give {' or '.join(map(str, allowed.lengths))} numbers"
        raise UsageError(where, f"{list(value)} has {len(value)} numbers", remedy)
    for number in _numbers(value):
        if not allowed.holds(number):
            raise UsageError(where, f"`{number}` is not possible", f"Give {allowed}")


def _numbers(value: object) -> list[float]:
    """The numbers of a value or of (lists of) lists; NaN in an inner list says that there is none."""
    if not isinstance(value, (list, tuple)):
        return [value]
    inner = [one for item in value if isinstance(item, (list, tuple)) for one in _numbers(item)]
    return [one for one in inner if not math.isnan(one)] + [one for one in value if not isinstance(one, (list, tuple))]


def _check_length(run: RunConfig, where: str, key: str, value: object) -> None:
    levels, classes = run.segmenter.levels, len(run.data.classes)
    optional = key == "prior_weights" and not value  # none: no prior
    if key in OF_EVERY_LEVEL and len(value) < levels and not optional:
        what = f"{len(value)} weights, but segmenter.levels is {levels}"
        raise UsageError(where, what, "Give one weight per level, the main level first")
    if key in OF_EVERY_CLASS and len(value) not in (0, classes):
        raise UsageError(where, f"{len(value)} for {classes} classes", "Give one per class")
