"""One discriminator per category: the equation, and that none sees or moves another."""

import math

import numpy as np
import tensorflow as tf

from keras_uda.layers.category_discriminators import CategoryDiscriminators


def test_each_category_is_its_own_perceptron():
    layer = CategoryDiscriminators(3, 4, width=5)
    features = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    expected = np.zeros((2, 3))
    for n, c in np.ndindex(2, 3):
        hidden = features[n, c]
        for number in range(3):
            hidden = hidden @ layer.kernels[number].numpy()[c] + layer.biases[number].numpy()[c]
            hidden = np.maximum(hidden, 0) if number < 2 else hidden
        expected[n, c] = hidden[0]
    np.testing.assert_allclose(layer(features), expected, rtol=1e-4, atol=1e-5)


def test_an_absent_category_gets_a_zero_gradient_not_a_missing_one():
    layer = CategoryDiscriminators(2, 3)
    with tf.GradientTape() as tape:
        answer = layer(np.ones((1, 2, 3), "float32"))[:, 0]
    gradients = tape.gradient(answer, layer.trainable_variables)
    assert all(gradient is not None and not np.any(gradient[1]) for gradient in gradients)
    assert any(np.any(gradient[0]) for gradient in gradients)


def test_initial_weights_are_those_of_a_linear_layer_of_pytorch():
    layer = CategoryDiscriminators(19, 64)
    assert [tuple(kernel.shape) for kernel in layer.kernels] == [(19, 64, 64), (19, 64, 64), (19, 64, 1)]
    for weights in layer.kernels + layer.biases:
        values = np.abs(weights.numpy())
        assert values.max() <= 1 / math.sqrt(64)
        if values.size > 1000:
            assert values.mean() > 0.45 / math.sqrt(64)
