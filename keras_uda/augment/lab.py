"""Colour statistics of one image given to another, in a space where the channels of natural images hardly depend.

Source of all: Reinhard et al., Color Transfer between Images, IEEE CG&A 2001, equations 4 to 11; as a step of domain
adaptation: Sakaridis et al., CISS, 2023, https://arxiv.org/abs/2312.13277, `ReinhardTransfer` of its released code
"""

import numpy as np
import tensorflow as tf

from keras_uda.augment.colours import to_uint8
from keras_uda.config.ranges import Positive
from keras_uda.config.ranges import Share
from keras_uda.ops.random import uniform

RGB_TO_LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
LMS_TO_LAB = np.diag([3**-0.5, 6**-0.5, 2**-0.5]) @ [[1, 1, 1], [1, 1, -2], [1, -1, 0]]
LARGEST_LOG = 20.0  # e ** 20 is far beyond white, and its sums are finite


def lab(sample: dict, partner: dict, seed: tf.Tensor, *, chance: Share = 1.0, floor: Positive = 1.0) -> dict:
    """The image of a sample with the colour statistics of its partner.

    Args:
        sample, partner: with `image`, uint8 (H,W,3) RGB, of any two sizes.
        seed: int64 (2,).
        chance: that the image is changed.
        floor: smallest value of a channel of LMS; a black pixel would move the statistics of the whole image.
    """
    image, like = sample["image"], partner["image"]
    drawn = uniform([], seed) < chance
    return {**sample, "image": tf.cond(drawn, lambda: to_uint8(transfer(image, like, floor)), lambda: image)}


def transfer(image: tf.Tensor, like: tf.Tensor, floor: float) -> tf.Tensor:
    """`image` with the mean and the standard deviation of `like` in every channel of lab.

        lab' = (lab - mean(lab)) * std(lab_like) / std(lab) + mean(lab_like)

    Args:
        image, like: RGB (H,W,3), 0..255.
        floor: see `lab`.
    Returns:
        float32 (H,W,3), limited to 0..255; a channel without spread takes the mean alone.
    """
    own, other = to_lab(image, floor), to_lab(like, floor)
    mean, deviation = statistics(own)
    new_mean, new_deviation = statistics(other)
    return from_lab((own - mean) * tf.math.divide_no_nan(new_deviation, deviation) + new_mean)


def to_lab(image: tf.Tensor, floor: float) -> tf.Tensor:
    """float32 (H,W,3): RGB 0..255 -> logarithms of LMS -> lightness, yellow against blue, red against green."""
    lms = tf.tensordot(tf.cast(image, "float32"), tf.constant(RGB_TO_LMS.T, "float32"), 1)
    return tf.tensordot(tf.math.log(tf.maximum(lms, floor)), tf.constant(LMS_TO_LAB.T, "float32"), 1)


def from_lab(values: tf.Tensor) -> tf.Tensor:
    """The inverse of `to_lab`, float32 limited to 0..255."""
    logs = tf.tensordot(values, tf.constant(np.linalg.inv(LMS_TO_LAB).T, "float32"), 1)
    lms = tf.exp(tf.minimum(logs, LARGEST_LOG))
    return tf.clip_by_value(tf.tensordot(lms, tf.constant(np.linalg.inv(RGB_TO_LMS).T, "float32"), 1), 0.0, 255.0)


def statistics(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and standard deviation (of all pixels, not of a sample of them) of every channel, float32 (3,) each."""
    return tf.reduce_mean(values, axis=(0, 1)), tf.math.reduce_std(values, axis=(0, 1))
