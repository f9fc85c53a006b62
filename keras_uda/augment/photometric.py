"""The strong change of colour and focus of DACS and all that follows it; nothing moves, so labels stay as they are.

Source of all: Tranheden et al., DACS, WACV 2021, section 3, https://arxiv.org/abs/2007.08702, `strongTransform` of its
released code and of github.com/lhoyer/DAFormer and lhoyer/MIC: the jitter of kornia before 0.6, which changes other
things than the function of the same name in torchvision (see `augment.colours`).
"""

import math
from typing import NamedTuple

import tensorflow as tf

from keras_uda.ops.random import split
from keras_uda.ops.random import uniform
from keras_uda.ops.random import uniform_of_images

WHITE = 255.0
SIGMA = (0.15, 1.15)  # of the blur, in pixels


class Amounts(NamedTuple):
    """How each image of a batch is changed.

    Args:
        brightness: float32 (batch,), added to colours in 0..1.
        contrast, saturation: float32 (batch,), factors.
        hue: float32 (batch,), in turns.
        order: int32 (batch, 4), places in `CHANGES`: which change comes first, second, ...
    """

    brightness: tf.Tensor
    contrast: tf.Tensor
    saturation: tf.Tensor
    hue: tf.Tensor
    order: tf.Tensor


class Change(NamedTuple):
    """What happens to a batch: whether it is jittered and blurred, bool scalars; how, by image."""

    jitters: tf.Tensor
    blurs: tf.Tensor
    amounts: Amounts
    sigma: tf.Tensor


def colour_and_blur(
    images: tf.Tensor, seed: tf.Tensor, *, strength: float = 0.25, jitter_chance: float = 0.8, blur_chance: float = 0.5
) -> tf.Tensor:
    """Jitter, then blur: one decision for the batch on each of the two, amounts by image.

    Args:
        images: float (batch, H, W, 3), 0..255.
        seed: int32 (2,).
        strength: of the jitter; 0.25 in DACS, 0.2 in DAFormer, HRDA and MIC.
        jitter_chance, blur_chance: of each change.
    Returns:
        float32, the same shape, 0..255.
    """
    images = tf.cast(images, "float32")
    change = draw_change(tf.shape(images)[0], strength, (jitter_chance, blur_chance), seed)
    images = tf.cond(change.jitters, lambda: jitter(images / WHITE, change.amounts) * WHITE, lambda: images)
    return tf.cond(change.blurs, lambda: blur(images, change.sigma), lambda: images)


def draw_change(number, strength: float, chances: tuple[float, float], seed: tf.Tensor) -> Change:
    """All that is drawn for `number` images; chances are those of jitter and blur."""
    seeds = split(seed, 3)
    decided = uniform([2], seeds[0])
    amounts, sigma = draw_amounts(number, strength, seeds[1]), uniform_of_images([number], 0, seeds[2], *SIGMA)
    return Change(decided[0] < chances[0], decided[1] < chances[1], amounts, sigma)


def draw_amounts(number, strength: float, seed: tf.Tensor) -> Amounts:
    """Amounts for `number` images: offsets and turns in [-s, s], factors in [1 - s, 1 + s], every order as likely."""
    seeds = split(seed, 2)
    brightness, contrast, saturation, hue = tf.unstack(uniform_of_images([4, number], 1, seeds[0], -strength, strength))
    order = tf.argsort(uniform_of_images([number, len(CHANGES)], 0, seeds[1]), axis=-1)
    return Amounts(brightness, 1.0 + contrast, 1.0 + saturation, hue, order)


def jitter(images: tf.Tensor, amounts: Amounts) -> tf.Tensor:
    """All four changes, in an order of its own for every image.

    Args:
        images: float32 (batch, H, W, 3), RGB, 0..1.
        amounts: of each image.
    Returns:
        float32 (batch, H, W, 3), 0..1.
    """

    def of_image(one):
        image, values, order = one
        for place in range(len(CHANGES)):
            branches = [lambda image=image, do=do, k=k: do(image, values[k]) for k, do in enumerate(CHANGES)]
            image = tf.ensure_shape(tf.switch_case(order[place], branches), image.shape)
        return image

    values = tf.stack(amounts[:4], axis=-1)
    return tf.map_fn(of_image, (images, values, amounts.order), fn_output_signature=images.dtype)


def brightness(image: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """x + offset: dark pixels move as much as bright ones."""
    return tf.clip_by_value(image + offset, 0.0, 1.0)


def contrast(image: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """x * factor: away from black, not from the mean."""
    return tf.clip_by_value(image * factor, 0.0, 1.0)


def saturation(image: tf.Tensor, factor: tf.Tensor) -> tf.Tensor:
    """S * factor in HSV, limited to 0..1."""
    hue, chroma, value = tf.unstack(tf.image.rgb_to_hsv(image), axis=-1)
    chroma = tf.clip_by_value(chroma * factor, 0.0, 1.0)
    return tf.image.hsv_to_rgb(tf.stack([hue, chroma, value], axis=-1))


def hue(image: tf.Tensor, turns: tf.Tensor) -> tf.Tensor:
    """H + turns in HSV, modulo a turn."""
    angle, chroma, value = tf.unstack(tf.image.rgb_to_hsv(image), axis=-1)
    return tf.image.hsv_to_rgb(tf.stack([tf.math.floormod(angle + turns, 1.0), chroma, value], axis=-1))


CHANGES = (brightness, contrast, saturation, hue)


def kernel_side(pixels: int) -> int:
    """Odd width of the kernel of a blur: about a tenth of the side of the image."""
    tenth = math.ceil(0.1 * pixels)
    return math.floor(tenth - 0.5 + tenth % 2)


def kernel_row(side: int, sigma: tf.Tensor) -> tf.Tensor:
    """float32 (batch, side): a Gaussian that sums to 1, for every sigma (batch,)."""
    distances = tf.range(side, dtype="float32") - side // 2
    weights = tf.exp(-0.5 * tf.square(distances / sigma[:, None]))
    return weights / tf.reduce_sum(weights, axis=-1, keepdims=True)


def blur(images: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """Gaussian blur of every image by its own sigma, with the border mirrored about its pixels.

    Args:
        images: float32 (batch, H, W, channels), of known size.
        sigma: float32 (batch,), in pixels.
    """
    sides = [kernel_side(pixels) for pixels in images.shape[1:3]]
    reach_y, reach_x = (side // 2 for side in sides)
    number, channels = tf.shape(images)[0], images.shape[-1]
    padded = tf.pad(images, ((0, 0), (reach_y, reach_y), (reach_x, reach_x), (0, 0)), mode="REFLECT")
    # Every image and channel is a channel of one picture, so that each has a kernel of its own.
    planes = tf.reshape(tf.transpose(padded, (1, 2, 0, 3)), (1, *padded.shape[1:3], number * channels))
    for axis, side in enumerate(sides):
        kernel = tf.repeat(tf.transpose(kernel_row(side, sigma)), channels, axis=1)
        planes = tf.nn.depthwise_conv2d(planes, tf.expand_dims(kernel, 1 - axis)[..., None], [1, 1, 1, 1], "VALID")
    return tf.transpose(tf.reshape(planes[0], (*images.shape[1:3], number, channels)), (2, 0, 1, 3))
