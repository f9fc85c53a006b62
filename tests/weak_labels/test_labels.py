"""Weak labels in memory: what a point says about its class, counts, arrays for training."""

import numpy as np

from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.labels import counts
from keras_uda.weak_labels.labels import weak_arrays

CLASSES = ("road", "traffic light", "car")


def example() -> WeakLabels:
    return WeakLabels(
        CLASSES,
        {"a b/ä.png": np.array([1, 0, -1], "int8"), "b.png": np.array([-1, -1, 1], "int8")},
        {"a b/ä.png": [Point(3, 5, "road")], "c.png": [Point(0, 0, "car"), Point(7, 1, "traffic light")]},
        {"b.png": 4.25},
    )


def test_points_make_a_class_present_and_leave_the_others_unknown():
    weak = example()
    np.testing.assert_array_equal(weak.tags_of("c.png"), [-1, 1, 1])
    np.testing.assert_array_equal(weak.tags_of("nothing.png"), [-1, -1, -1])


def test_counts_per_class():
    assert counts(example())["car"] == {"present": 2, "absent": 0, "unknown": 1, "points": 1}
    assert counts(WeakLabels(CLASSES))["car"] == {"present": 0, "absent": 0, "unknown": 0, "points": 0}


def test_arrays_scale_points_to_the_network():
    weak = example()
    weak.points["b.png"] = [Point(x, y, "car") for x, y in ((0, 0), (7, 5), (4, 3))]
    tags, points = weak_arrays(weak, ["b.png", "nothing.png"], lambda image: (8, 6), (16, 6))
    assert tags.dtype == np.float32 and points.dtype == np.int32
    np.testing.assert_array_equal(tags, [[-1, -1, 1], [-1, -1, -1]])
    np.testing.assert_array_equal(points[0], [[0, 1, 2], [5, 15, 2], [3, 9, 2]])
    np.testing.assert_array_equal(points[1], np.full((3, 3), -1))
