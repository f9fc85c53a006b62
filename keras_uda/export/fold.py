"""Batch norm goes into the convolution before it: a fifth of the time of a SavedModel on a CPU.

    gamma (W x + b - mean) / sqrt(variance + epsilon) + beta = (s W) x + shift,
    s = gamma / sqrt(variance + epsilon),  shift = beta + s (b - mean)

TensorFlow does it where weights are constants of the graph, of which it then holds some twenty copies in every process.
LiteRT's converter does it itself.
"""

import keras
import numpy as np

CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)


class Shift(keras.layers.Layer):
    """Adds a number to every channel.

    Args:
        values: float32 (channels,).
    """

    def __init__(self, values: np.ndarray, **kwargs):
        super().__init__(**kwargs)
        self.shift = self.add_weight(shape=values.shape, initializer="zeros", trainable=False, name="shift")
        self.shift.assign(values)

    def call(self, inputs, training=None, mask=None):  # as the batch norm was called
        return inputs + self.shift


def fold(segmenter: keras.Model) -> keras.Model:
    """The same function; the convolutions of `segmenter` itself are changed, so it must not be used any more.

    Args:
        segmenter: float32. What is inside a model that is one of its layers stays as it is.
    """
    pairs = {norm: convolution for norm in segmenter.layers if (convolution := convolution_before(norm))}
    shifts = {norm: _scaled(convolution, norm) for norm, convolution in pairs.items()}

    def replaced(layer: keras.layers.Layer) -> keras.layers.Layer:
        return Shift(shifts[layer], name=layer.name) if layer in shifts else layer

    return keras.models.clone_model(segmenter, clone_function=replaced) if shifts else segmenter


def convolution_before(norm: keras.layers.Layer) -> keras.layers.Layer | None:
    """The convolution whose output a batch norm alone reads, without an activation; None for any other layer."""
    if not isinstance(norm, keras.layers.BatchNormalization) or len(norm._inbound_nodes) != 1:
        return None
    before = norm.input._keras_history.operation
    is_plain = isinstance(before, CONVOLUTIONS) and before.activation is keras.activations.linear
    return before if is_plain and len(before._inbound_nodes) == len(before._outbound_nodes) == 1 else None


def _scaled(convolution: keras.layers.Layer, norm: keras.layers.BatchNormalization) -> np.ndarray:
    """Multiplies the weights of a convolution; the shift that is left, float32 (channels,)."""
    mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    scale = (norm.gamma.numpy() if norm.scale else 1.0) / np.sqrt(variance + norm.epsilon)
    kernel = convolution.kernel.numpy()
    # of a depthwise convolution, channel c of the input makes channels c * multiplier and on of the output
    shape = kernel.shape[2:] if isinstance(convolution, keras.layers.DepthwiseConv2D) else (1, kernel.shape[3])
    convolution.kernel.assign(kernel * scale.reshape(shape))
    bias = 0.0
    if convolution.use_bias:
        bias = convolution.bias.numpy()
        convolution.bias.assign(np.zeros_like(bias))
    return ((norm.beta.numpy() if norm.center else 0.0) + scale * (bias - mean)).astype("float32")
