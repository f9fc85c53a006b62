"""What weak labels cost: the seconds that a person takes to make them."""

from typing import NamedTuple

from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import WeakLabels

# Seconds per class that a person is asked about, and per click: Bearman et al., What's the Point, ECCV 2016, section 4.
SECONDS_PER_TAG, SECONDS_PER_POINT = 1.0, 2.4


class Price(NamedTuple):
    """Seconds that a person takes for a class of an image, and for a point; None: as measured, else as published."""

    tag: float | None = None
    point: float | None = None


def annotation_seconds(weak: WeakLabels, price: Price, points: bool) -> float:
    """What making these labels takes: measured if the file has it and no price is given, else counted.

    Args:
        weak: the labels.
        price: of each.
        points: whether the points are paid for.
    """
    if weak.seconds and price == Price():
        return sum(weak.seconds.values())
    per_tag = SECONDS_PER_TAG if price.tag is None else price.tag
    per_point = SECONDS_PER_POINT if price.point is None else price.point
    tags = sum(int((entry != UNKNOWN).sum()) for entry in weak.tags.values())
    return per_tag * tags + per_point * points * sum(map(len, weak.points.values()))
