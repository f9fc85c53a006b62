"""Shares and sizes of classes, written slowly."""

import numpy as np
import pytest

from keras_uda.losses.class_ratio import class_ratio_shortfall
from keras_uda.losses.class_ratio import class_size_violation

rng = np.random.default_rng(0)


def softmax(logits):
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def test_shortfall_matches_its_equation():
    logits = rng.normal(size=(2, 3, 4, 5)).astype("float32")
    least = np.array([0.3, 0.1, 0.25, 0.0, 0.2])
    expected = []
    for image in softmax(logits):
        expected.append(sum(max(0.0, least[c] - image[..., c].mean()) for c in range(5)))
    assert float(class_ratio_shortfall(logits, least)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_shortfall_of_the_reference_example():
    logits = np.log(np.array([0.8, 0.19, 0.01], "float32"))[None, None, None]
    assert float(class_ratio_shortfall(logits, 0.5 * np.array([0.6, 0.3, 0.1]))) == pytest.approx(0.04, abs=1e-6)


def test_size_violation_matches_its_equation():
    logits = (3 * rng.normal(size=(2, 4, 5, 4))).astype("float32")
    sizes = np.array([[0.3, 0.4, 0.45], [0.01, 0.02, 0.05], [0.05, 0.3, 0.6], [np.nan] * 3])
    total = 0.0
    for image in softmax(logits):
        chosen = image.argmax(-1)
        for c, (lower, mean, upper) in enumerate(sizes[:3]):
            if (chosen == c).mean() > 0.1 * lower:
                soft = image[..., c].mean()
                weight = 0.1 if lower > 0.1 else 1.0
                total += weight * (max(0, mean - soft) + 10 * max(0, soft - upper))
    assert total > 0
    assert float(class_size_violation(logits, sizes)) == pytest.approx(total / 2, rel=1e-5)


def test_absent_and_unknown_classes_do_not_count():
    logits = np.full((1, 2, 2, 3), -20.0, "float32")
    logits[..., 0] = 20
    sizes = np.array([[0.5, 0.9, 1.0], [0.2, 0.3, 0.4], [np.nan] * 3])
    assert float(class_size_violation(logits, sizes)) == pytest.approx(0, abs=1e-6)
    assert float(class_size_violation(logits, np.full((3, 3), np.nan))) == 0
