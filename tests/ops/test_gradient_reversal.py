"""Gradient reversal and its ramp, against the equations and against the values of a published library."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_uda.ops.gradient_reversal import ramp_up
from keras_uda.ops.gradient_reversal import reverse_gradient
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def gradient_of(features, cotangent, strength):
    features = tf.convert_to_tensor(features)
    with tf.GradientTape() as tape:
        tape.watch(features)
        reversed_ = reverse_gradient(features, strength)
        value = ops.sum(reversed_ * cotangent)
    return np.asarray(reversed_), np.asarray(tape.gradient(value, features))


def test_the_value_is_untouched_and_the_gradient_reversed():
    rng = np.random.default_rng(0)
    features, cotangent = rng.normal(size=(2, 3, 4)).astype("float32"), rng.normal(size=(2, 3, 4)).astype("float32")
    value, gradient = gradient_of(features, cotangent, 0.3)
    np.testing.assert_array_equal(value, features)
    np.testing.assert_allclose(gradient, -0.3 * cotangent, rtol=1e-6)


@pytest.mark.parametrize(
    "progress, expected", [(0, 0), (0.1, 0.4621172), (0.25, 0.8482836), (0.5, 0.9866143), (1, 0.9999092)]
)
def test_ramp_values(progress, expected):
    assert float(ramp_up(progress)) == pytest.approx(expected, abs=1e-6)
    assert float(ramp_up(progress)) == pytest.approx(2 / (1 + np.exp(-10 * progress)) - 1, abs=1e-6)


def test_published_library():
    arrays, meta = load_vectors("dann")
    assert_matches(ramp_up(arrays["in_p"]), arrays, meta, "out_lambda_alpha10")
    steps = np.array([0, 1, 10, 500, 1000, 5000])
    assert_matches(ramp_up(steps / 1000, sharpness=1.0), arrays, meta, "out_lambda_default_alpha1")
    gradients = [
        gradient_of(arrays["in_source"], arrays["in_cotangent"], ramp_up(progress))[1] for progress in arrays["in_p"]
    ]
    assert_matches(np.stack(gradients), arrays, meta, "grad_grl_input")
