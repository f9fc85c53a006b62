"""Discriminators that see a map of the whole image: one for every level of the segmenter."""

import math

import keras
from keras import ops

from keras_uda.core.errors import ConfigurationError

PUBLISHED_DEPTH = 5


class Discriminator(keras.layers.Layer):
    """Fully convolutional discriminator of the output space.

        C -> base -> 2 base -> 4 base -> 8 base -> 1, each 4x4, stride 2, padding 1; LeakyReLU(0.2) between

    Called with a map (batch, H, W, C), H and W at least 32; returns scores (batch, H // 32, W // 32, 1), float32, not
    squashed; for another depth the power of two is another. Initialised as PyTorch does by default.

    Args:
        channels: C, of the map it sees; the number of classes.
        base: channels after the first convolution; 64 as published.
        policy: dtype policy of all but the last convolution.
        depth: convolutions; fewer for maps that are small already.
    Source: Tsai et al., AdaptSegNet, CVPR 2018, section 4.2; model/discriminator.py of the released code
    """

    def __init__(self, channels: int, base: int = 64, policy: str = "float32", depth: int = PUBLISHED_DEPTH, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        widths = [channels] + [base * 2**number for number in range(depth - 1)]
        self.hidden = [_convolution(widths[n], widths[n + 1], policy, f"hidden{n}") for n in range(depth - 1)]
        self.score = _convolution(widths[-1], 1, "float32", "score")
        self.smallest_map = 2**depth
        self.build((None, None, None, channels))

    def build(self, input_shape):
        for convolution in (*self.hidden, self.score):
            convolution.build((None, None, None, convolution.channels))
        self.built = True

    def call(self, maps):
        smallest = self.smallest_map
        if min(size or smallest for size in maps.shape[1:3]) < smallest:
            size, times = f"{maps.shape[2]}x{maps.shape[1]}", len(self.hidden) + 1
            what = f"The discriminator got a map of {size} and halves it {times} times"
            raise ConfigurationError(what, f"Use maps of at least {smallest}x{smallest}, or fewer convolutions")
        for convolution in self.hidden:
            maps = ops.leaky_relu(convolution(maps), negative_slope=0.2)
        return self.score(maps)


class Discriminators(keras.layers.Layer):
    """One `Discriminator` per level, trained as one part.

    Called with a sequence of maps, the main level first; returns the list of their scores.

    Args:
        levels: 1 or 2.
        channels, base, policy: of every `Discriminator`.
    """

    def __init__(self, levels: int, channels: int, base: int = 64, policy: str = "float32", name="discriminators"):
        super().__init__(dtype="float32", name=name)
        self.levels = [Discriminator(channels, base, policy, name=f"level{n}") for n in range(levels)]
        self.built = True

    def call(self, maps):
        return [discriminator(level) for discriminator, level in zip(self.levels, maps, strict=True)]


class PaddedConvolution(keras.layers.Conv2D):
    """4x4 convolution with stride 2 and one zero on every side; Keras' `same` pads odd sizes differently."""

    def __init__(self, channels: int, filters: int, **kwargs):
        bound = 1 / math.sqrt(4 * 4 * channels)
        super().__init__(
            filters,
            kernel_size=4,
            strides=2,
            kernel_initializer=keras.initializers.RandomUniform(-bound, bound),
            bias_initializer=keras.initializers.RandomUniform(-bound, bound),
            **kwargs,
        )
        self.channels = channels

    def call(self, inputs):
        return super().call(ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0))))


def _convolution(channels: int, filters: int, policy: str, name: str) -> PaddedConvolution:
    return PaddedConvolution(channels, filters, dtype=policy, name=name)
