"""Generators that decode the features of a segmenter into the image they came from."""

import math

import keras
from keras import ops

from keras_uda.layers.image_space import INITIALIZER
from keras_uda.layers.image_space import Residual
from keras_uda.layers.image_space import convolution
from keras_uda.layers.image_space import fit
from keras_uda.layers.image_space import instance_norm

PROBED_SIZE = 256


class Up(keras.layers.Layer):
    """Transposed convolution, instance norm, ReLU, two residual blocks.

    Args:
        channels: of the input.
        filters: of the output.
        kernel, strides, padding: of the transposed convolution; `padding` rows and columns are cut off on every side.
        dropout, policy: of the residual blocks; of all.
    """

    def __init__(self, channels, filters, kernel, strides, padding, dropout, policy, **kwargs):
        super().__init__(dtype=policy, **kwargs)
        self.up = transposed(filters, kernel, strides, policy, use_bias=False)
        self.border = padding
        self.blocks = [Residual(filters, ops.relu, dropout, policy, name=f"block{n}") for n in range(2)]
        self.up.build((None, None, None, channels))
        self.built = True

    def call(self, maps, training=False):
        maps = ops.relu(instance_norm(cut(self.up(maps), self.border)))
        for block in self.blocks:
            maps = block(maps, training=training)
        return maps


class FCN8sGenerator(keras.layers.Layer):
    """The published generator, for an FCN-8s that pads its images: fc7, joined with pool4 and pool3, to the image.

    Called with the outputs of the segmenter and the images; returns (batch, H, W, 3) in [0, 1], float32.

    Args:
        base: a quarter of the channels of the middle stages; 64 as published.
        dropout: of the residual blocks, the only noise.
        policy: dtype policy of all but the last convolution.
    Source: released code swamiviv/LSD-seg, torchfcn/models/fcn8s_LSD.py
    """

    def __init__(self, segmenter, base: int = 64, dropout: float = 0.5, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        rest, self.padding = (dropout, policy), segmenter.padding
        features = segmenter.output["features"].shape[-1]
        pool4, pool3 = (segmenter.output["skips"][name].shape[-1] for name in ("pool4", "pool3"))
        self.first = [Up(features, 4 * base, 7, 1, 0, *rest), Up(4 * base, 8 * base, 3, 2, 1, *rest)]
        self.second = Up(8 * base + pool4, 4 * base, 3, 2, 1, *rest)
        self.third = [Up(4 * base + pool3, 2 * base, 5, 2, 2, *rest), Up(2 * base, base, 5, 2, 2, *rest)]
        self.image = transposed(3, 8, 2, "float32")
        self.image.build((None, None, None, base))
        self.built = True

    def call(self, outputs, images, training=False):
        skips, maps = outputs["skips"], outputs["features"]
        for up in self.first:
            maps = up(maps, training=training)
        maps = self.second(join(maps, skips["pool4"]), training=training)
        maps = join(maps, skips["pool3"])
        for up in self.third:
            maps = up(maps, training=training)
        return ops.sigmoid(fit(cut(self.image(maps), self.padding), images))


class SkipGenerator(keras.layers.Layer):
    """A generator for any segmenter: one doubling per halving between image and features, joined with finer maps.

    Called with the outputs of the segmenter and the images; returns (batch, H, W, 3) in [0, 1], float32.

    Args:
        base: channels of the last stage; every stage before has twice as many, four times at most.
        dropout: of the residual blocks, the only noise.
        policy: dtype policy of all but the last convolution.
    """

    def __init__(self, segmenter, base: int = 64, dropout: float = 0.5, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        halvings, self.skips_at = finer_maps(segmenter)
        self.ups, channels = [], segmenter.output["features"].shape[-1]
        for left in reversed(range(halvings)):
            filters = base * min(2**left, 4)
            self.ups.append(Up(channels, filters, 4, 2, 1, dropout, policy, name=f"up{left}"))
            channels = filters + sum(segmenter.output["skips"][name].shape[-1] for name in self.skips_at.get(left, ()))
        self.image = convolution(3, 3, "float32", name="image")
        self.image.build((None, None, None, channels))
        self.built = True

    def call(self, outputs, images, training=False):
        maps = outputs["features"]
        for left, up in zip(reversed(range(len(self.ups))), self.ups, strict=True):
            maps = up(maps, training=training)
            for name in self.skips_at.get(left, ()):
                maps = join(maps, outputs["skips"][name])
        return ops.sigmoid(self.image(fit(maps, images)))


def build_generator(segmenter: keras.Model, base: int, dropout: float, policy: str) -> keras.layers.Layer:
    """The published generator where its segmenter is used, else the general one."""
    published = getattr(segmenter, "padding", 0) and {"pool3", "pool4"} <= set(segmenter.output["skips"])
    kind = FCN8sGenerator if published else SkipGenerator
    return kind(segmenter, base, dropout, policy, name="generator")


def finer_maps(segmenter: keras.Model) -> tuple[int, dict[int, list[str]]]:
    """Halvings between image and features, and the skips with fewer: halvings -> their names."""
    height, width = (size or PROBED_SIZE for size in segmenter.input.shape[1:3])
    shapes = segmenter.compute_output_spec(keras.KerasTensor((1, height, width, 3)))

    def halvings(maps) -> int:
        return round(math.log2(height / maps.shape[1]))

    found: dict[int, list[str]] = {}
    for name, maps in shapes["skips"].items():
        if halvings(maps) < halvings(shapes["features"]):
            found.setdefault(halvings(maps), []).append(name)
    return halvings(shapes["features"]), found


def join(maps, skip):
    """Both maps side by side, the first brought to the size of the second."""
    return ops.concatenate([fit(maps, skip), ops.cast(skip, maps.dtype)], axis=-1)


def cut(maps, border: int):
    """Without `border` rows and columns on every side: the padding of a transposed convolution in PyTorch."""
    return maps[:, border:-border, border:-border] if border else maps


def transposed(filters: int, kernel: int, strides: int, policy: str, **options):
    options = {"padding": "valid", "kernel_initializer": INITIALIZER} | options
    return keras.layers.Conv2DTranspose(filters, kernel, strides, dtype=policy, **options)
