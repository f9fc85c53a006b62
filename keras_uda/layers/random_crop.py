"""Random crops inside the step, for methods whose teacher sees the whole image."""

import keras
import tensorflow as tf
from keras import ops

from keras_uda.config import parse_size
from keras_uda.data.warp import bilinear
from keras_uda.data.warp import identity
from keras_uda.data.warp import nearest
from keras_uda.data.warp import random_window


def next_seed(generator: keras.random.SeedGenerator) -> tf.Tensor:
    """int32 (2,) for stateless draws; the state of the generator is saved with the method."""
    return tf.cast(generator.next(), "int32")


class RandomCrop(keras.layers.Layer):
    """Cuts a window out of every image, which was scaled by a random factor; without a size, the window is the image.

    Args:
        size: WIDTHxHEIGHT of the window; "" takes the whole image.
        scales: smallest and largest factor.
    """

    def __init__(self, size: str = "", scales: tuple[float, ...] = (0.5, 1.5), **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.size = tuple(reversed(parse_size(size))) if size else None
        self.scales = tuple(scales)
        if len(self.scales) != 2 or not 0 < self.scales[0] <= self.scales[1]:
            raise ValueError(f"crop_scales are {self.scales}. Give the smallest and the largest factor.")
        self.seeds = keras.random.SeedGenerator()
        self.built = True

    def window(self, images):
        """The view of each image (see `data.warp`), and its (height, width)."""
        number, whole = ops.shape(images)[0], tuple(images.shape[1:3])
        if self.size is None:
            return identity(number), whole
        self._check(whole)
        return random_window(number, whole, self.size, self.scales, next_seed(self.seeds)), self.size

    def _check(self, whole: tuple[int, int]) -> None:
        for name, side, least in zip(("height", "width"), whole, self.size, strict=True):
            if int(side * self.scales[0]) < least:
                raise ValueError(
                    f"Crops have a {name} of {least}, images of {side} scaled by {self.scales[0]} have less. "
                    "Lower `crop`, or raise the first of `crop_scales`."
                )

    def cut(self, image, *labels):
        """The windows of images (batch, H, W, 3), float32, and of label maps (batch, H, W) of the same places."""
        if self.size is None:
            return ops.cast(image, "float32"), *labels
        view, size = self.window(image)
        return bilinear(image, view, size), *(nearest(label, view, size) for label in labels)
