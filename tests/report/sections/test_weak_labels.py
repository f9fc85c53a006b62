"""Tags against predictions in the report: the counts, and what is said of one image."""

import numpy as np

from keras_uda.report.sections.weak_labels import explained
from keras_uda.report.sections.weak_labels import rows
from keras_uda.segmenters.inference import Prediction
from keras_uda.weak_labels.labels import WeakLabels

CLASSES = ("road", "car", "sky", "train")


def test_rows_count_where_a_tagged_class_is_seen():
    tags = np.array([[1, 0, -1, -1], [1, 1, 0, -1]], "int8")
    predicted = np.array([[1, 1, 1, 0], [0, 1, 0, 0]], bool)
    assert rows(CLASSES, tags, predicted) == [
        ["road", 2, "50 %", 0, None, 0],
        ["car", 1, "100 %", 1, "100 %", 0],
        ["sky", 0, None, 1, "0 %", 1],
    ]


def test_disagreements_are_put_in_words():
    weak = WeakLabels(CLASSES, {"a.png": np.array([1, 0, 1, -1], "int8")})
    label_map = np.array([[0, 0], [1, 3]], "uint8")
    text = explained(Prediction("a.png", np.zeros((2, 2, 3), "uint8"), None, label_map, None), weak)
    assert text.splitlines() == [
        "a.png",
        "missed:",
        "  sky",
        "predicted, but tagged absent:",
        "  car",
        "agreed:",
        "  road",
    ]
