"""Cross-entropy of labelled pixels."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.classes import IGNORE
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.segmentation import pixel_cross_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def value_and_gradient(loss, logits):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(logits)
    return value, tape.gradient(value, logits)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 0.5, 2.0], "float32")])
def test_cross_entropy_matches_its_equation(weights):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 4, 3)).astype("float32")
    labels = rng.integers(0, 3, (2, 3, 4)).astype("uint8")
    labels[0, 0] = IGNORE
    total = count = 0.0
    for index in np.ndindex(2, 3, 4):
        if labels[index] != IGNORE:
            p = np.exp(logits[index]) / np.exp(logits[index]).sum()
            w = 1.0 if weights is None else weights[labels[index]]
            total, count = total - w * np.log(p[labels[index]]), count + w
    np.testing.assert_allclose(cross_entropy(labels, logits, weights), total / count, rtol=1e-5)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 0.5, 2.0], "float32")])
def test_weights_of_pixels_are_divided_by_all_pixels(weights):
    rng = np.random.default_rng(1)
    logits, pixels = rng.normal(size=(2, 3, 4, 3)).astype("float32"), rng.random((2, 3, 4)).astype("float32")
    labels = rng.integers(0, 3, (2, 3, 4)).astype("int32")
    labels[0, 0], labels[1, 2, 3] = IGNORE, -1
    total = 0.0
    for index in np.ndindex(2, 3, 4):
        if 0 <= labels[index] < 3:
            p = np.exp(logits[index]) / np.exp(logits[index]).sum()
            total -= pixels[index] * (1.0 if weights is None else weights[labels[index]]) * np.log(p[labels[index]])
    loss = cross_entropy(labels, logits, weights, pixel_weights=pixels)
    np.testing.assert_allclose(loss, total / 24, rtol=1e-5)
    nothing = np.full_like(labels, IGNORE)
    assert float(cross_entropy(nothing, logits, weights, pixel_weights=pixels)) == 0


def test_no_label_at_all_is_zero_with_zero_gradient():
    labels = np.full((1, 2, 2), IGNORE, "uint8")
    value, gradient = value_and_gradient(lambda z: cross_entropy(labels, z), np.ones((1, 2, 2, 3), "float32"))
    assert float(value) == 0 and not gradient.numpy().any()


def test_an_id_that_no_class_has_is_an_error():
    with pytest.raises(tf.errors.InvalidArgumentError):
        cross_entropy(np.full((1, 2, 2), 7, "uint8"), np.zeros((1, 2, 2, 3), "float32"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_huge_logits_are_finite(dtype):
    logits = tf.cast(tf.constant([[[[1e4, -1e4, 0.0]]]]), dtype)
    value, gradient = value_and_gradient(lambda z: cross_entropy(np.array([[[1]]]), z), logits)
    assert np.isfinite(value) and np.isfinite(tf.cast(gradient, "float32")).all() and value.dtype == "float32"


def test_published_values_of_adaptsegnet():
    arrays, meta = load_vectors("adaptsegnet_cross_entropy")
    labels, weights = arrays["in_labels"], arrays["in_class_weights"]
    for name, loss in (
        ("ce_mean", lambda z: cross_entropy(labels, z)),
        ("ce_sum", lambda z: tf.reduce_sum(pixel_cross_entropy(labels, z))),
        ("ce_mean_weighted", lambda z: cross_entropy(labels, z, weights)),
    ):
        value, gradient = value_and_gradient(loss, arrays["in_logits"])
        assert_matches(value, arrays, meta, f"out_{name}")
        assert_matches(gradient, arrays, meta, f"grad_{name}")
    assert_matches(cross_entropy(labels, arrays["in_logits"]), arrays, meta, "out_ce_torch04_script")


def test_published_values_of_advent():
    arrays, meta = load_vectors("advent_bce_ce")
    for name, labels in (("loss_calc", arrays["in_labels"]), ("loss_calc_neg", arrays["in_labels_neg"])):
        value, gradient = value_and_gradient(lambda z, labels=labels: cross_entropy(labels, z), arrays["in_logits"])
        assert_matches(value, arrays, meta, f"out_{name}")
        assert_matches(gradient, arrays, meta, f"grad_{name}")


def test_no_label_is_nan_in_the_released_code_and_zero_here():
    arrays, meta = load_vectors("advent_bce_ce")
    assert_matches(1, arrays, meta, "out_loss_calc_all_ignored_is_nan")
    assert float(cross_entropy(np.full_like(arrays["in_labels"], IGNORE), arrays["in_logits"])) == 0
