"""Weighted self-information and entropy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.entropy import entropy
from keras_uda.losses.entropy import mean_entropy
from keras_uda.losses.entropy import robust_entropy
from keras_uda.losses.entropy import self_information
from keras_uda.losses.entropy import top_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def logits_of(*probabilities):
    """Logits (1, 1, 1, C) with those probabilities; zeros are far away."""
    return np.log(np.maximum(np.array(probabilities, "float32"), 1e-30)).reshape(1, 1, 1, -1)


def test_self_information_matches_its_equation():
    logits = np.random.default_rng(0).normal(size=(1, 2, 3, 4)).astype("float32")
    expected = np.empty_like(logits)
    for h, w in np.ndindex(2, 3):
        p = np.exp(logits[0, h, w]) / np.exp(logits[0, h, w]).sum()
        expected[0, h, w] = -p * np.log(p) / np.log(4)
    np.testing.assert_allclose(self_information(logits), expected, rtol=1e-5)
    np.testing.assert_allclose(entropy(logits), expected.sum(-1), rtol=1e-5)


@pytest.mark.parametrize(
    ("probabilities", "information", "total"),
    [
        ([1 / 19] * 19, [0.0526316] * 19, 1.0),
        ([0.5, 0.5] + [0.0] * 17, [0.1177045] * 2 + [0.0] * 17, 0.2354089),
        ([0.7, 0.2, 0.1], [0.2272617, 0.2929947, 0.2095903], 0.7298467),
    ],
)
def test_known_values(probabilities, information, total):
    logits = logits_of(*probabilities)
    np.testing.assert_allclose(self_information(logits)[0, 0, 0], information, atol=1e-6)
    np.testing.assert_allclose(entropy(logits)[0, 0, 0], total, atol=1e-6)


def test_largest_value_of_one_of_19_classes():
    share = 1 / np.e
    logits = logits_of(share, *[(1 - share) / 18] * 18)
    assert float(self_information(logits)[0, 0, 0, 0]) == pytest.approx(0.1249404, abs=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_huge_logits_are_finite(dtype):
    logits = tf.cast(tf.constant([[[[1e4, -1e4, 0.0, 1e4]]]]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = tf.reduce_mean(entropy(logits))
    assert value.dtype == "float32" and float(value) == pytest.approx(0.5, abs=1e-3)
    assert np.isfinite(tf.cast(tape.gradient(value, logits), "float32")).all()


def test_published_values():
    arrays, meta = load_vectors("advent_entropy")
    logits = tf.constant(arrays["in_logits"])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        information, loss = self_information(logits), tf.reduce_mean(entropy(logits))
        weighted = tf.reduce_sum(information * arrays["in_cotangent"])
    assert_matches(tf.nn.softmax(logits), arrays, meta, "out_prob")
    assert_matches(information, arrays, meta, "out_prob_2_entropy")
    assert_matches(loss, arrays, meta, "out_entropy_loss")
    assert_matches(tape.gradient(loss, logits), arrays, meta, "grad_entropy_loss_logits")
    assert_matches(tape.gradient(weighted, logits), arrays, meta, "grad_prob_2_entropy_logits")


def test_published_values_of_saturated_logits():
    arrays, meta = load_vectors("advent_entropy")
    logits = tf.constant(arrays["in_sat_logits"])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_mean(entropy(logits))
    assert_matches(self_information(logits), arrays, meta, "out_sat_prob_2_entropy")
    assert_matches(loss, arrays, meta, "out_sat_entropy_loss")
    assert_matches(tape.gradient(loss, logits), arrays, meta, "grad_sat_entropy_loss_logits")


def test_mean_entropy_is_the_mean_of_all_pixels():
    logits = np.random.default_rng(1).normal(size=(2, 3, 5, 4)).astype("float32")
    assert float(mean_entropy(logits)) == pytest.approx(np.mean(entropy(logits)), rel=1e-6)


@pytest.mark.parametrize("exponent", [0.5, 1.5, 2.0])
def test_robust_entropy_matches_its_equation(exponent):
    logits = np.random.default_rng(2).normal(size=(2, 3, 4, 5)).astype("float64")
    total = 0.0
    for index in np.ndindex(2, 3, 4):
        p = np.exp(logits[index]) / np.exp(logits[index]).sum()
        total += ((-np.sum(p * np.log(p)) / np.log(5)) ** 2 + 1e-8) ** exponent
    assert float(robust_entropy(logits.astype("float32"), exponent)) == pytest.approx(total / 24, rel=1e-5)


def test_robust_entropy_of_a_known_prediction():
    assert float(robust_entropy(logits_of(0.7, 0.2, 0.1), 2.0)) == pytest.approx(0.2837439, abs=1e-6)
    assert float(robust_entropy(logits_of(1.0, 0.0, 0.0), 2.0)) == pytest.approx(1e-16, abs=1e-15)


@pytest.mark.parametrize("number", [0, 1])
def test_published_robust_entropy(number):
    arrays, meta = load_vectors("fda")
    exponent = float(arrays["in_etas"][number])
    # Theirs is divided by 2.9444, ours by log 19; the 1e-8 beside it is far below the tolerance.
    factor = (np.log(arrays["in_logits"].shape[-1]) / meta["hyper"]["constant"]) ** (2 * exponent)
    logits = tf.constant(arrays["in_logits"])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = factor * robust_entropy(logits, exponent)
    assert_matches(value, arrays, meta, f"out_entropy_{number}")
    assert_matches(tape.gradient(value, logits), arrays, meta, f"grad_entropy_{number}_logits")


def test_top_entropy_matches_its_equation():
    logits = (2 * np.random.default_rng(0).normal(size=(2, 5, 4, 3))).astype("float32")
    expected = []
    for image in np.asarray(entropy(logits)):
        threshold = np.quantile(image, 0.7)
        expected.append(0.3 * image[image >= threshold].mean())
    assert float(top_entropy(logits, 0.3)) == pytest.approx(np.mean(expected), rel=1e-5)


def test_pixels_that_tie_weigh_no_more_than_their_share():
    assert float(top_entropy(np.zeros((2, 5, 4, 3), "float32"), 0.3)) == pytest.approx(0.3, rel=1e-6)


def test_all_pixels_are_the_mean():
    logits = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    assert float(top_entropy(logits, 1.0)) == pytest.approx(float(tf.reduce_mean(entropy(logits))), rel=1e-6)


def test_certain_pixels_get_no_gradient():
    logits = tf.constant(np.random.default_rng(0).normal(size=(1, 4, 5, 3)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = top_entropy(logits, 0.25)
    moved = np.abs(tape.gradient(loss, logits)).sum(-1) > 0
    assert moved.sum() == 5
    certainty = np.asarray(entropy(logits))
    assert certainty[moved].min() > certainty[~moved].max()


def test_a_bad_pixel_is_not_hidden():
    logits = np.zeros((1, 2, 2, 3), "float32")
    logits[0, 0, 0, 0] = np.nan
    assert np.isnan(float(top_entropy(logits, 0.5)))
