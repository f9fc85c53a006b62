"""A pool of old translated images: a discriminator sees them again among the new ones."""

from typing import Any
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from keras_uda.ops import replicas
from keras_uda.ops.random import split
from keras_uda.ops.random import uniform


class Drawn(NamedTuple):
    """What a discriminator is shown, and what the pool holds then.

    Args:
        shown: float32 (batch, H, W, 3), of this replica.
        images: uint8 (size, H, W, 3), in the pool after this.
        filled: int32 scalar, how many of them count.
    """

    shown: Any
    images: Any
    filled: Any


class ImagePool(keras.layers.Layer):
    """The first `size` images fill the pool; then each new one is shown, or, half of the time, changes places with an
    old one.

    Images are kept in 8 bits, as real ones come.

    Args:
        size: images that are kept; 0: none, every image is shown.
        height, width: of an image.
    Source: Shrivastava et al., Learning from Simulated and Unsupervised Images, CVPR 2017, section 2.3,
        https://arxiv.org/abs/1612.07828; 50 images in Zhu et al., CycleGAN, ICCV 2017, section 4
    """

    def __init__(self, size: int, height: int, width: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.size = size
        # The replicas hold the same pool, of the images of all of them.
        options = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.images = self.add_weight(shape=(size, height, width, 3), dtype="uint8", name="images", **options)
        self.filled = self.add_weight(shape=(), dtype="int32", name="filled", **options)
        self.built = True

    def draw(self, images, seed) -> Drawn:
        """New images go in, what is shown comes out; nothing is stored yet, and nothing has a gradient.

        Args:
            images: float32 (batch, H, W, 3) in [-1, 1].
            seed: int32 (2,).
        """
        images = ops.stop_gradient(images)
        if not self.size:
            return Drawn(images, self.images.value, self.filled.value)
        own, images = images.shape[0], replicas.whole_batch(images)
        number = own * replicas.count()
        seeds, place = split(seed, 2), ops.arange(number)
        filling = self.filled + place < self.size
        swapping = ops.logical_and(self.filled >= self.size, uniform([number], seeds[0]) < 0.5)
        swapping = ops.logical_and(swapping, place < self.size)  # of more images than places the last are only shown
        order = ops.cast(ops.argsort(uniform([self.size], seeds[1])), "int32")
        slot = ops.where(filling, self.filled + place, ops.take(order, place % self.size))

        kept = tf.gather(self.images.value, ops.minimum(slot, self.size - 1))
        shown = ops.where(swapping[:, None, None, None], from_bytes(kept), images)
        held = self._with(images, slot, ops.logical_or(filling, swapping))
        filled = ops.minimum(self.filled + number, self.size)
        return Drawn(replicas.own_part(shown, own), held, filled)

    def _with(self, images, slot, goes_in):
        """The content of the pool, where image i stands in place slot[i] if it goes in."""
        here = ops.logical_and(ops.arange(self.size)[:, None] == slot[None], goes_in[None])
        new = tf.gather(to_bytes(images), ops.argmax(ops.cast(here, "int32"), axis=1))
        return tf.where(ops.any(here, axis=1)[:, None, None, None], new, self.images.value)

    def store(self, drawn: Drawn, when) -> None:
        """Keeps what `draw` made; where `when` is False, nothing changes."""
        self.images.assign(ops.where(when, drawn.images, self.images))
        self.filled.assign(ops.where(when, drawn.filled, self.filled))


def to_bytes(images):
    """[-1, 1] -> uint8."""
    return ops.cast(ops.round(ops.clip(127.5 * (images + 1), 0, 255)), "uint8")


def from_bytes(images):
    """0..255 of any type -> float32 [-1, 1]."""
    return ops.cast(images, "float32") / 127.5 - 1
