"""What pixel contrast adds to a segmenter: projection, prediction, and the attention of every class."""

import math

import keras
from keras import ops

from keras_uda.layers.class_attention import ClassAttention
from keras_uda.layers.group_batch_norm import GroupBatchNorm


class PixelHead(keras.layers.Layer):
    """Dense, batch norm, ReLU, Dense on vectors (n, inputs); `valid`, float (n, 1), says which count for the norm.

    Args:
        inputs: channels of a vector.
        width: hidden and output channels; 256 as published.
    Source: Alonso et al., ICCV 2021, section 3.1, https://arxiv.org/abs/2104.13415; released code
    """

    def __init__(self, inputs: int, width: int = 256, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.inputs, self.width = inputs, width
        self.first, self.second = _dense(inputs, width, "first"), _dense(width, width, "second")
        self.normalization = GroupBatchNorm(1, width, name="normalization")
        self.built = True

    def call(self, vectors, valid, training=False):
        return self.second(ops.relu(self.normalization(self.first(vectors), valid, training=training)))

    def get_config(self):
        return {"inputs": self.inputs, "width": self.width, "name": self.name}


class ContrastHeads(keras.layers.Layer):
    """All heads of one network, trained as one part.

    Args:
        classes: C.
        channels: of the segmenter's features.
        width: of projections, predictions and hidden layers; 256 as published.
    """

    def __init__(self, classes: int, channels: int, width: int = 256, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.classes, self.channels, self.width = classes, channels, width
        self.projection = PixelHead(channels, width, name="projection")
        self.prediction = PixelHead(width, width, name="prediction")
        self.attention = ClassAttention(classes, width, name="attention")
        self.memory_attention = ClassAttention(classes, width, name="memory_attention")
        self.built = True

    def get_config(self):
        return {"classes": self.classes, "channels": self.channels, "width": self.width, "name": self.name}


def _dense(inputs: int, outputs: int, name: str) -> keras.layers.Dense:
    limit = 1 / math.sqrt(inputs)  # PyTorch's default
    uniform = {"kernel_initializer": keras.initializers.RandomUniform(-limit, limit)}
    uniform["bias_initializer"] = keras.initializers.RandomUniform(-limit, limit)
    layer = keras.layers.Dense(outputs, dtype="float32", name=name, **uniform)
    layer.build((None, inputs))
    return layer
