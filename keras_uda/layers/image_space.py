"""Networks between features and images: residual blocks, the patch discriminator of LSD-seg."""

import keras
from keras import ops

from keras_uda.ops.resize import half_pixel

EPSILON = 1e-5
INITIALIZER = {"class_name": "RandomNormal", "config": {"stddev": 0.02}}


def instance_norm(maps):
    """Every channel of every image with mean 0 and deviation 1; in float32, returned in the type of `maps`."""
    wide = ops.cast(maps, "float32")
    mean, variance = ops.moments(wide, axes=(1, 2), keepdims=True)
    return ops.cast((wide - mean) * ops.rsqrt(variance + EPSILON), maps.dtype)


def fit(maps, like):
    """`maps` at the height and width of `like`; unchanged where they are known to be equal."""
    if None not in (*maps.shape[1:3], *like.shape[1:3]) and maps.shape[1:3] == like.shape[1:3]:
        return maps
    return ops.cast(half_pixel(maps, like), maps.dtype)


def leaky(maps):
    return ops.leaky_relu(maps, negative_slope=0.2)


class Residual(keras.layers.Layer):
    """x + Dropout(activation(InstanceNorm(conv3x3(x)))); the dropout is the only noise of the generator.

    Args:
        channels: of input and output.
        activation: `ops.relu` in the generator, `leaky` in the discriminator.
        dropout: rate, element by element.
        policy: dtype policy.
    Source: released code swamiviv/LSD-seg, torchfcn/models/model_utils.py
    """

    def __init__(self, channels: int, activation, dropout: float, policy: str, **kwargs):
        super().__init__(dtype=policy, **kwargs)
        self.convolution = convolution(channels, 3, policy, name="convolution", use_bias=False)
        self.activation, self.dropout = activation, keras.layers.Dropout(dropout, dtype=policy)
        self.convolution.build((None, None, None, channels))
        self.built = True

    def call(self, maps, training=False):
        return maps + self.dropout(self.activation(instance_norm(self.convolution(maps))), training=training)


class PatchDiscriminator(keras.layers.Layer):
    """What every patch of an image is (domain, real or decoded), and which class it shows.

        3 -> base, 4x4, stride 2, padding 2, instance norm, LeakyReLU; 3 x (3 residual blocks), halved between them

    Called with images (batch, H, W, 3) in [0, 1]; returns {"kind": (batch, h, w, 4), "category": (batch, h, w, C)},
    float32 logits at stride 8.

    Args:
        classes: C.
        base: channels of all maps.
        dropout: of the residual blocks.
        policy: dtype policy of all but the two heads.
    Source: Sankaranarayanan et al., LSD-seg, CVPR 2018, section 3; released code torchfcn/models/fcn8s_LSD.py
    """

    def __init__(self, classes: int, base: int = 128, dropout: float = 0.5, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.stem = convolution(base, 4, policy, name="stem", strides=2, padding="valid")
        self.blocks = [Residual(base, leaky, dropout, policy, name=f"block{n}") for n in range(9)]
        self.kind = convolution(4, 3, "float32", name="kind")
        self.category = convolution(classes, 3, "float32", name="category")
        for layer, channels in ((self.stem, 3), (self.kind, base), (self.category, base)):
            layer.build((None, None, None, channels))
        self.built = True

    def call(self, images, training=False):
        maps = ops.pad(ops.cast(images, "float32"), ((0, 0), (2, 2), (2, 2), (0, 0)))
        maps = leaky(instance_norm(self.stem(maps)))
        for number, block in enumerate(self.blocks):
            if number in (3, 6):
                maps = ops.max_pool(maps, 2, 2)
            maps = block(maps, training=training)
        return {"kind": self.kind(maps), "category": self.category(maps)}


def convolution(filters: int, kernel: int, policy: str, name: str, **options):
    options = {"padding": "same", "kernel_initializer": INITIALIZER} | options
    return keras.layers.Conv2D(filters, kernel, dtype=policy, name=name, **options)
