"""Random crops inside the step, for methods whose teacher sees the whole image."""

import keras
import tensorflow as tf
from keras import ops

from keras_uda.core.errors import ConfigurationError
from keras_uda.ops.random import POSITIVE
from keras_uda.ops.warp import bilinear
from keras_uda.ops.warp import identity
from keras_uda.ops.warp import nearest
from keras_uda.ops.warp import random_window


def next_seed(generator: keras.random.SeedGenerator) -> tf.Tensor:
    """int32 (2,) for stateless draws; the state of the generator is saved with the method."""
    return tf.cast(tf.bitwise.bitwise_and(tf.cast(generator.next(), "int64"), POSITIVE), "int32")


class RandomCrop(keras.layers.Layer):
    """Cuts a window out of every image, which was scaled by a random factor; without a size, the window is the image.

    Args:
        size: width and height of the window as shares of the image; () takes the whole image.
        scales: smallest and largest factor.
    """

    def __init__(self, size: tuple[float, ...] = (), scales: tuple[float, ...] = (0.5, 1.5), **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.size, self.scales = tuple(size), tuple(scales)
        if len(self.scales) != 2 or not 0 < self.scales[0] <= self.scales[1]:
            raise ConfigurationError(f"crop_scales are {list(scales)}", "Give the smallest and the largest factor")
        if self.size and (len(self.size) != 2 or not 0 < min(self.size) <= max(self.size) <= self.scales[0]):
            what = f"crop is {list(size)} of images that are scaled by {self.scales[0]} or more"
            raise ConfigurationError(what, "Give shares of width and height that fit into the smallest")
        self.seeds = keras.random.SeedGenerator()
        self.built = True

    def window(self, images):
        """The view of each image (see `ops.warp`), and its (height, width)."""
        number, (height, width) = ops.shape(images)[0], images.shape[1:3]
        if not self.size:
            return identity(number), (height, width)
        size = max(1, int(height * self.size[1])), max(1, int(width * self.size[0]))
        return random_window(number, (height, width), size, self.scales, next_seed(self.seeds)), size

    def cut(self, image, *labels):
        """The windows of images (batch, H, W, 3), float32, and of label maps (batch, H, W) of the same places."""
        if not self.size:
            return ops.cast(image, "float32"), *labels
        view, size = self.window(image)
        return bilinear(image, view, size), *(nearest(label, view, size) for label in labels)
