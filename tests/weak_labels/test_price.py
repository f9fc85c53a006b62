"""The price of weak labels."""

import numpy as np
import pytest

from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.price import Price
from keras_uda.weak_labels.price import annotation_seconds


def weak(**changes) -> WeakLabels:
    tags = {"a": np.array([1, 0, -1], "int8"), "b": np.array([1, -1, -1], "int8")}
    return WeakLabels(("road", "car", "sky"), tags, {"a": [Point(0, 0, "road"), Point(1, 0, "road")]}, **changes)


def test_known_tags_and_points_are_paid_for():
    assert annotation_seconds(weak(), Price(), points=False) == 3.0
    assert annotation_seconds(weak(), Price(), points=True) == pytest.approx(3.0 + 2 * 2.4)
    assert annotation_seconds(weak(), Price(2.0, 10.0), points=True) == 26.0


def test_measured_time_counts_unless_a_price_is_given():
    assert annotation_seconds(weak(seconds={"a": 9.5, "b": 4.0}), Price(), points=True) == 13.5
    assert annotation_seconds(weak(seconds={"a": 9.5}), Price(tag=1.0), points=False) == 3.0
