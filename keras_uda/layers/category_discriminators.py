"""One small discriminator per category, none shared."""

import math

import keras
from keras import ops


class CategoryDiscriminators(keras.layers.Layer):
    """C multilayer perceptrons side by side: channels -> width (ReLU) -> width (ReLU) -> 1 logit.

    A category that is absent from the batch gets a zero gradient, not a missing one, as in the released code.

    Args:
        categories: C.
        channels: length of a feature vector.
        width: units of the hidden layers; 0 takes `channels`, as published.
    Source: Paul et al., Weak Labels, ECCV 2020, section 3.3 and released code (2048 -> 2048 -> 2048 -> 1)
    """

    def __init__(self, categories: int, channels: int, width: int = 0, **kwargs):
        super().__init__(**kwargs)
        width = width or channels
        sizes = [channels, width, width, 1]
        self.kernels, self.biases = [], []
        for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
            limit = 1 / math.sqrt(inputs)  # PyTorch's default for linear layers
            for weights, name, shape in (
                (self.kernels, "kernel", (categories, inputs, outputs)),
                (self.biases, "bias", (categories, outputs)),
            ):
                uniform = keras.initializers.RandomUniform(-limit, limit)
                weights.append(self.add_weight(name=f"{name}_{number}", shape=shape, initializer=uniform))
        self.built = True

    def call(self, features):
        """(batch, C, channels) -> logits (batch, C)."""
        hidden = features
        for number, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            hidden = ops.einsum("nci,cio->nco", hidden if number == 0 else ops.relu(hidden), kernel) + bias
        return hidden[..., 0]
