"""Losses on pseudo-labels, against their equations written slowly."""

import numpy as np
import pytest

from keras_uda.core.classes import IGNORE
from keras_uda.losses.self_training import hard_labels
from keras_uda.losses.self_training import pooled_mean
from keras_uda.losses.self_training import soft_labels
from keras_uda.losses.self_training import uniform_divergence

CLASSES = 4


def softmax(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 4, CLASSES)).astype("float32")
    labels = rng.integers(0, CLASSES, (2, 3, 4)).astype("uint8")
    labels[0, :2] = IGNORE
    return logits, labels


def test_pooled_mean_weighs_pixels_of_domains():
    source, target = np.array([[[1.0, 2.0]]], "float32"), np.array([[[5.0, 9.0]]], "float32")
    parts = [(source, np.array([[[True, True]]]), 0.25), (target, np.array([[[True, False]]]), 1.0)]
    assert float(pooled_mean(parts)) == pytest.approx((0.25 * 3 + 5) / (0.25 * 2 + 1))
    nothing = [(losses, np.zeros_like(mask), weight) for losses, mask, weight in parts]
    assert float(pooled_mean(nothing)) == 0


def test_hard_labels_match_their_equation(drawn):
    logits, labels = drawn
    losses = np.asarray(hard_labels({"pseudo_label": labels}, logits))
    for place in np.ndindex(labels.shape):
        expected = 0 if labels[place] == IGNORE else -np.log(softmax(logits)[place][labels[place]])
        assert losses[place] == pytest.approx(expected, rel=1e-5)


def test_soft_labels_match_their_equation(drawn):
    logits, _ = drawn
    soft = softmax(np.random.default_rng(1).normal(size=logits.shape)).astype("float32")
    stored = np.round(soft * 65535).astype("uint16")
    losses = np.asarray(soft_labels({"soft_label": stored}, logits))
    for place in np.ndindex(logits.shape[:3]):
        expected = -sum(soft[place][c] * np.log(softmax(logits)[place][c]) for c in range(CLASSES))
        assert losses[place] == pytest.approx(expected, rel=1e-3)


def test_soft_labels_are_upsampled(drawn):
    logits, _ = drawn
    coarse = np.zeros((2, 1, 1, CLASSES), "uint16")
    coarse[..., 2] = 65535
    losses = np.asarray(soft_labels({"soft_label": coarse}, logits))
    np.testing.assert_allclose(losses, -np.log(softmax(logits)[..., 2]), rtol=1e-5)


def test_uniform_divergence_matches_its_equation(drawn):
    logits, labels = drawn
    logs, total, count = np.log(softmax(logits)), 0.0, 0
    for place in np.ndindex(labels.shape):
        if labels[place] != IGNORE:
            total, count = total - logs[place].sum() / CLASSES, count + 1
    assert float(uniform_divergence(labels, logits)) == pytest.approx(total / count, rel=1e-5)
    assert float(uniform_divergence(np.full_like(labels, IGNORE), logits)) == 0
    assert float(uniform_divergence(labels, 0 * logits)) == pytest.approx(np.log(CLASSES), rel=1e-5)
