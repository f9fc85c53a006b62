"""Networks that translate images between two domains, and tell translated ones from real ones."""

import math

import keras
from keras import ops

from keras_uda.layers.generators import cut
from keras_uda.layers.generators import join
from keras_uda.layers.generators import transposed
from keras_uda.layers.image_space import convolution
from keras_uda.layers.image_space import fit
from keras_uda.layers.image_space import instance_norm
from keras_uda.layers.image_space import leaky

PUBLISHED_BASE, PUBLISHED_DEVIATION = 64, 0.02
KERNEL = 4
WIDEST = 8  # in units of the base


class UNet(keras.layers.Layer):
    """A generator: `depth` halvings, as many doublings, each joined with the map of its size on the way down.

        down: leaky ReLU, 4x4 convolution of stride 2, instance norm (not of the first and of the last)
        up:   ReLU, transposed 4x4 convolution of stride 2, instance norm;   the last: tanh, without a norm

    Called with images (batch, H, W, 3) in [-1, 1] of any size; returns the same, float32.

    Args:
        base: channels after the first halving; each halving doubles them, up to 8 times `base`.
        depth: halvings; 8 as published.
        policy: dtype policy of all but the last convolution.
    Source: `unet_256` of github.com/junyanz/pytorch-CycleGAN-and-pix2pix, as called in thuml/Transfer-Learning-Library
        tllib/translation/cyclegan/generator.py
    """

    def __init__(self, base: int = 64, depth: int = 8, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        widths, start = [base * min(2**number, WIDEST) for number in range(depth)], options_of(base)
        self.downs, self.ups, inputs = [], [], 3
        for number, width in enumerate(widths):
            self.downs.append(_built(convolution(width, 4, policy, f"down{number}", strides=2, **start), inputs))
            inputs = width
        for number in reversed(range(1, depth)):
            up = transposed(widths[number - 1], 4, 2, policy, name=f"up{number}", **start)
            self.ups.append(_built(up, inputs))
            inputs = 2 * widths[number - 1]
        self.image = _built(transposed(3, 4, 2, "float32", name="image", **start), inputs)
        self.built = True

    def call(self, images):
        maps, skips = images, []
        for number, down in enumerate(self.downs):
            maps = down(padded(leaky(maps) if number else maps, 2))
            if 0 < number < len(self.downs) - 1:
                maps = instance_norm(maps)
            skips.append(maps)
        skips.pop()
        for up in self.ups:
            maps = join(instance_norm(cut(up(ops.relu(maps)), 1)), skips.pop())
        return ops.tanh(fit(cut(self.image(ops.relu(maps)), 1), images))


class PatchGAN(keras.layers.Layer):
    """Whether patches of 70x70 pixels are of real images.

        4x4 convolutions of strides 2, 2, 2, 1, 1;   leaky ReLU between them, instance norm before it but the first time

    Called with images (batch, H, W, 3) in [-1, 1]; returns scores (batch, h, w, 1) at stride 8, float32, not squashed.

    Args:
        base: channels after the first convolution, doubled by each of the next three.
        policy: dtype policy of all but the last convolution.
    Source: `n_layers` discriminator of github.com/junyanz/pytorch-CycleGAN-and-pix2pix
    """

    def __init__(self, base: int = 64, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        start = options_of(base)
        plan = [(3, base, 2), (base, 2 * base, 2), (2 * base, 4 * base, 2), (4 * base, 8 * base, 1)]
        self.hidden = [
            _built(convolution(outputs, 4, policy, f"hidden{number}", strides=strides, **start), inputs)
            for number, (inputs, outputs, strides) in enumerate(plan)
        ]
        self.score = _built(convolution(1, 4, "float32", "score", **start), 8 * base)
        self.built = True

    def call(self, images):
        maps = images
        for number, layer in enumerate(self.hidden):
            maps = layer(padded(maps, layer.strides[0]))
            maps = leaky(instance_norm(maps) if number else maps)
        return self.score(padded(maps, 1))


class Generators(keras.layers.Layer):
    """`to_target` and `to_source`, a `UNet` each."""

    def __init__(self, base: int, depth: int, policy: str, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.to_target = UNet(base, depth, policy, name="to_target")
        self.to_source = UNet(base, depth, policy, name="to_source")
        self.built = True


class TranslationDiscriminators(keras.layers.Layer):
    """One for images of the `source`, one for images of the `target`: a `PatchGAN` each."""

    def __init__(self, base: int, policy: str, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.source = PatchGAN(base, policy, name="source")
        self.target = PatchGAN(base, policy, name="target")
        self.built = True


def padded(maps, strides: int):
    """Maps in a border of zeros, so that a convolution gives ceil(size / strides) rows and columns.

    The convolution itself must not pad: the gradient of kernel rows that see padding alone is undefined in bfloat16.

    Args:
        maps: (batch, h, w, channels), h and w known.
        strides: of a 4x4 convolution.
    """
    totals = [(-(-size // strides) - 1) * strides + KERNEL - size for size in maps.shape[1:3]]
    return ops.pad(maps, ((0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)))


def options_of(base: int) -> dict:
    """Of a convolution that does not pad: normal weights with the published deviation at 64 channels, and wider with
    fewer, so that maps keep their scale. Instance norm multiplies the gradient of maps that hardly vary by up to 300.
    """
    deviation = PUBLISHED_DEVIATION * math.sqrt(PUBLISHED_BASE / base)
    return {"padding": "valid", "kernel_initializer": {"class_name": "RandomNormal", "config": {"stddev": deviation}}}


def _built(layer: keras.Layer, channels: int) -> keras.Layer:
    layer.build((None, None, None, channels))
    return layer
