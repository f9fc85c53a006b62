"""Losses of discriminators."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.losses.adversarial import least_squares
from tests.conftest import assert_matches
from tests.conftest import load_vectors


@pytest.mark.parametrize("domain", [SOURCE, TARGET])
def test_losses_match_their_equations(domain):
    scores = np.random.default_rng(0).normal(size=(2, 3, 4, 1))
    p = 1 / (1 + np.exp(-scores))
    expected = np.mean(-domain * np.log(p) - (1 - domain) * np.log(1 - p))
    np.testing.assert_allclose(domain_loss(scores, domain), expected, rtol=1e-5)
    np.testing.assert_allclose(least_squares(scores, domain), np.mean((scores - domain) ** 2), rtol=1e-5)


def test_a_discriminator_that_cannot_tell():
    assert float(domain_loss(tf.zeros((1, 2, 2, 1)), TARGET)) == pytest.approx(np.log(2))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_huge_scores_are_finite(dtype):
    scores = tf.cast(tf.constant([1e4, -1e4]), dtype)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        loss = domain_loss(scores, SOURCE)
    assert loss.dtype == "float32" and float(loss) == pytest.approx(5e3, rel=0.01)
    np.testing.assert_allclose(tf.cast(tape.gradient(loss, scores), "float32"), [0.5, 0.0])


def test_published_values():
    arrays, meta = load_vectors("advent_bce_ce")
    scores = tf.constant(arrays["in_d_logits"])
    for number, domain in enumerate((SOURCE, TARGET)):
        with tf.GradientTape() as tape:
            tape.watch(scores)
            loss = domain_loss(scores, domain)
        assert_matches(loss, arrays, meta, f"out_bce_{number}")
        assert_matches(tape.gradient(loss, scores), arrays, meta, f"grad_bce_{number}")
