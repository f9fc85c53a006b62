"""Entropy of the least certain pixels, written slowly."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.entropy import entropy
from keras_uda.losses.entropy import top_entropy


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
