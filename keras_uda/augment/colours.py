"""Changes of colour and focus in the form of torchvision; those of DACS are in `augment.photometric`."""

import math

import tensorflow as tf

from keras_uda.ops.random import uniform
from keras_uda.ops.random import uniform_of_images

GREY = (0.299, 0.587, 0.114)
# RGB <-> luma and two colour differences (YIQ): turning the differences turns the hue.
TO_YIQ = ((0.299, 0.587, 0.114), (0.59590059, -0.27455667, -0.32134392), (0.21153661, -0.52273617, 0.31119955))
FROM_YIQ = ((1.0, 0.95598634, 0.6208248), (1.0, -0.27201283, -0.64720424), (1.0, -1.10674021, 1.70423049))


def jitter(images: tf.Tensor, seed: tf.Tensor, strengths: tuple[float, float, float, float]) -> tf.Tensor:
    """Brightness, contrast (about the mean) and saturation (about grey) times 1 +- a number, and hue turned.

    Args:
        images: float32 (batch, H, W, 3), 0..255.
        seed: int32 (2,).
        strengths: largest change of brightness, contrast, saturation, and of hue in circles.
    """
    drawn = uniform_of_images([4, tf.shape(images)[0], 1, 1, 1], 1, seed, -1.0, 1.0)
    drawn = drawn * tf.reshape(tf.constant(strengths), (4, 1, 1, 1, 1))
    images = clip_colours(images * (1.0 + drawn[0]))
    mean = tf.reduce_mean(luma(images), axis=(1, 2, 3), keepdims=True)
    images = clip_colours(mean + (images - mean) * (1.0 + drawn[1]))
    grey = luma(images)
    images = clip_colours(grey + (images - grey) * (1.0 + drawn[2]))
    return clip_colours(turn_hue(images, drawn[3, ..., 0]))


def luma(images: tf.Tensor) -> tf.Tensor:
    """Grey value of RGB, (batch, H, W, 1)."""
    return tf.reduce_sum(images * GREY, axis=-1, keepdims=True)


def clip_colours(images: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(images, 0.0, 255.0)


def to_uint8(pixels: tf.Tensor) -> tf.Tensor:
    """Rounded and limited to 0..255."""
    return tf.saturate_cast(tf.round(pixels), "uint8")


def turn_hue(images: tf.Tensor, turns: tf.Tensor) -> tf.Tensor:
    """Turns the hue at equal luma, by a rotation in YIQ.

    Args:
        images: float32 (batch, H, W, 3).
        turns: float32 (batch, 1, 1), in circles.
    """
    luma, first, second = tf.unstack(tf.einsum("nhwc,dc->nhwd", images, tf.constant(TO_YIQ)), axis=-1)
    cosine, sine = tf.cos(2 * math.pi * turns), tf.sin(2 * math.pi * turns)
    turned = tf.stack([luma, cosine * first - sine * second, sine * first + cosine * second], axis=-1)
    return tf.einsum("nhwc,dc->nhwd", turned, tf.constant(FROM_YIQ))


def blur(images: tf.Tensor, seed: tf.Tensor, low: float = 0.15, high: float = 1.15) -> tf.Tensor:
    """Gaussian blur with a sigma between `low` and `high` pixels, one for the batch.

    The kernel has four sigmas on each side, which holds all of it; the released one is a tenth of the image wide.
    """
    sigma = uniform([], seed, low, high)
    reach = math.ceil(4 * high)
    weights = tf.exp(-0.5 * tf.square(tf.range(-reach, reach + 1, dtype="float32") / sigma))
    weights = tf.tile((weights / tf.reduce_sum(weights))[:, None, None, None], [1, 1, 3, 1])
    padded = tf.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="SYMMETRIC")
    rows = tf.nn.depthwise_conv2d(padded, weights, [1, 1, 1, 1], "VALID")
    return clip_colours(tf.nn.depthwise_conv2d(rows, tf.transpose(weights, (1, 0, 2, 3)), [1, 1, 1, 1], "VALID"))
