"""Changes of colour and focus: what each does, and that they stay colours."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment import colours


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3)).astype("float32")


def test_a_turned_hue_keeps_its_luma(images):
    turned = colours.turn_hue(tf.constant(images), tf.constant([0.2, -0.1])[:, None, None])
    np.testing.assert_allclose(colours.luma(turned), colours.luma(tf.constant(images)), atol=0.1)
    assert np.abs(turned - images).mean() > 5
    np.testing.assert_allclose(colours.turn_hue(tf.constant(images), tf.zeros((2, 1, 1))), images, atol=0.05)


@pytest.mark.parametrize("which", range(4))
def test_jitter_changes_what_its_strength_is_for(images, which):
    strengths = tuple(0.3 if number == which else 0.0 for number in range(4))
    middle = images * 0.2 + 100  # nothing is cut off at black or white
    changed = np.asarray(colours.jitter(tf.constant(middle), tf.constant([1, 2]), strengths))
    means = [np.asarray(colours.luma(one)).mean((1, 2, 3)) for one in (middle, changed)]
    spreads = [np.asarray(colours.luma(one)).std((1, 2, 3)) for one in (middle, changed)]
    assert np.allclose(*means, rtol=1e-3) == (which != 0)
    assert np.allclose(*spreads, rtol=1e-3) == (which > 1)
    assert np.abs(changed - middle).mean() > 0.2


def test_a_blur_keeps_the_mean_and_takes_away_the_spread(images):
    blurred = colours.blur(tf.constant(images), tf.constant([0, 0]), 1.0, 1.0001)
    assert abs(np.mean(blurred) - np.mean(images)) < 1 and np.std(blurred) < np.std(images) / 2
    np.testing.assert_allclose(colours.blur(tf.constant(images), tf.constant([0, 0]), 0.1, 0.1001), images, atol=0.01)


def test_pixels_are_rounded_and_limited():
    values = tf.constant([-3.0, 0.4, 0.6, 254.6, 300.0])
    np.testing.assert_array_equal(colours.to_uint8(values), [0, 0, 1, 255, 255])
    np.testing.assert_allclose(colours.clip_colours(values), [0, 0.4, 0.6, 254.6, 255])
