"""A source image as dark as its target image."""

import tensorflow as tf

from keras_uda.augment.colours import to_uint8
from keras_uda.config.ranges import Share
from keras_uda.ops.random import uniform


def darken(sample: dict, partner: dict, seed: tf.Tensor, *, chance: Share = 1.0) -> dict:
    """The image of a sample with the mean of its partner.

    Args:
        sample, partner: with `image`, uint8 (H,W,3).
        seed: int64 (2,).
        chance: that the image is changed.
    """
    image, like = (tf.cast(one["image"], "float32") for one in (sample, partner))
    factor = tf.reduce_mean(like) / tf.maximum(tf.reduce_mean(image), 1.0)
    return sample | {"image": to_uint8(image * tf.where(uniform([], seed) < chance, factor, 1.0))}
