"""The discriminator of ProDA's warm-up: 3x3 convolutions, and scores at a sixteenth of the image."""

import math

import keras
from keras import ops


class OutputDiscriminator(keras.layers.Layer):
    """Fully convolutional discriminator of the output space.

        C -> base -> 2 base -> 4 base -> 8 base, each 3x3, stride 2, padding 1; ReLU thrice, LeakyReLU(0.2); 1x1 -> 1

    Called with a map (batch, H, W, C); returns scores (batch, ceil(H / 16), ceil(W / 16), 1), float32, not squashed.

    Args:
        channels: C.
        base: channels after the first convolution; 64 as published.
        policy: dtype policy of all but the last convolution.
    Source: `FCDiscriminator` of microsoft/ProDA models/discriminator.py
    """

    def __init__(self, channels: int, base: int = 64, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        widths = [channels, base, 2 * base, 4 * base, 8 * base]
        pairs = zip(widths, widths[1:], strict=False)
        self.hidden = [_convolution(i, o, 3, 2, policy, f"hidden{n}") for n, (i, o) in enumerate(pairs)]
        self.score = _convolution(widths[-1], 1, 1, 1, "float32", "score")
        self.built = True

    def call(self, maps):
        for number, convolution in enumerate(self.hidden):
            maps = convolution(ops.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0))))
            last = number == len(self.hidden) - 1
            maps = ops.leaky_relu(maps, negative_slope=0.2) if last else ops.relu(maps)
        return self.score(maps)


def _convolution(inputs: int, outputs: int, kernel: int, strides: int, policy: str, name: str) -> keras.layers.Conv2D:
    bound = 1 / math.sqrt(kernel * kernel * inputs)  # PyTorch's default
    uniform = {f"{part}_initializer": keras.initializers.RandomUniform(-bound, bound) for part in ("kernel", "bias")}
    layer = keras.layers.Conv2D(outputs, kernel, strides, dtype=policy, name=name, **uniform)
    layer.build((None, None, None, inputs))
    return layer
