"""Augmented copies of a batch of images with their labels, as semi-supervised training with a memory makes them."""

from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment import class_mix
from keras_uda.augment.colours import blur
from keras_uda.augment.colours import jitter
from keras_uda.core.classes import IGNORE
from keras_uda.ops.random import split
from keras_uda.ops.random import uniform
from keras_uda.ops.replicas import own_part
from keras_uda.ops.replicas import whole_batch
from keras_uda.ops.warp import after
from keras_uda.ops.warp import bilinear
from keras_uda.ops.warp import mirror
from keras_uda.ops.warp import nearest
from keras_uda.ops.warp import window


class Strength(NamedTuple):
    """How a copy is changed: chances of a change for the whole batch, and sizes.

    Args:
        jitter: chance of changes of colour, by up to `colour`.
        blur: chance of a blur, of up to `sigma` pixels.
        scale: chance of a scale between 0.75 and 1.75; half of the copies are mirrored always.
        colour: largest change of brightness and contrast; saturation changes by half of it, the hue by a third.
        sigma: smallest and largest.
    """

    jitter: float
    blur: float
    scale: float
    colour: float
    sigma: tuple[float, float]


WEAK = Strength(jitter=0.2, blur=0.0, scale=0.5, colour=0.125, sigma=(0.1, 1.5))
STRONG = Strength(jitter=0.8, blur=0.2, scale=0.8, colour=0.25, sigma=(0.1, 1.5))
SCALES = (0.75, 1.75)


class Copies(NamedTuple):
    """Images float32 (batch, H, W, 3), 0..255, with labels int32 and probabilities float32 (batch, H, W)."""

    image: tf.Tensor
    label: tf.Tensor
    probability: tf.Tensor


def augment_copies(copies: Copies, strength: Strength, mix, classes: int, seed: tf.Tensor) -> Copies:
    """One copy of a batch: classes pasted from the next image perhaps, mirrored, scaled, recoloured, blurred.

    Args:
        copies: the batch.
        strength: `WEAK` or `STRONG`.
        mix: chance that classes are pasted, float scalar.
        classes: C.
        seed: int32 (2,).
    Source: Alonso et al., ICCV 2021, section 4.1, https://arxiv.org/abs/2104.13415; `augment_samples` of the released
        code
    """
    seeds = split(seed, 6)
    decided = uniform([5], seeds[0])
    pasted = paste_neighbour(copies, classes, seeds[1])
    copies = Copies(*(tf.where(decided[0] < mix, new, old) for new, old in zip(pasted, copies, strict=True)))
    size = tuple(copies.image.shape[1:3])
    flips = tf.repeat(decided[1] < 0.5, tf.shape(copies.image)[0])
    view = after(mirror(flips), random_scale(copies, decided[4] < strength.scale, seeds[5]))
    image = bilinear(copies.image, view, size)
    colours = (strength.colour, strength.colour, strength.colour / 2, strength.colour / 3)
    image = tf.where(decided[2] < strength.jitter, jitter(image, seeds[3], colours), image)
    image = tf.where(decided[3] < strength.blur, blur(image, seeds[4], *strength.sigma), image)
    probability = bilinear(copies.probability[..., None], view, size)[..., 0]
    return Copies(image, nearest(copies.label, view, size, fill=IGNORE), probability)


def paste_neighbour(copies: Copies, classes: int, seed: tf.Tensor) -> Copies:
    """Every image gets half of the classes, and one more, of the image after it; "no label" is no class."""
    present = class_mix.present_classes(copies.label, classes) & (tf.range(classes + 1) < classes)
    counts = tf.reduce_sum(tf.cast(present, "int32"), axis=-1) // 2 + 1
    mask = class_mix.class_mask(copies.label, class_mix.draw_classes(present, counts, seed))
    mask, *others = (of_next_image(one) for one in (mask, *copies))
    return Copies(*(class_mix.mix(mask, other, own) for other, own in zip(others, copies, strict=True)))


def of_next_image(values: tf.Tensor) -> tf.Tensor:
    """Of every image of a batch what belongs to the one after it; the first follows the last one."""
    return own_part(tf.roll(whole_batch(values), -1, axis=0), tf.shape(values)[0])


def random_scale(copies: Copies, change, seed: tf.Tensor) -> tf.Tensor:
    """The view of a random scale: a crop at a random place, or a border around a smaller image.

    Args:
        copies: the batch.
        change: bool scalar; without it the scale is 1.
        seed: int32 (2,).
    """
    size = copies.image.shape[1:3]
    drawn = uniform([3], seed)
    factor = tf.where(change, SCALES[0] + (SCALES[1] - SCALES[0]) * drawn[0], 1.0)
    sides = [tf.floor(side * factor) for side in size]
    spare = [new - side for new, side in zip(sides, size, strict=True)]
    first = [tf.where(spare[i] < 0, tf.floor(spare[i] / 2), tf.floor(drawn[i + 1] * (spare[i] + 1.0))) for i in (0, 1)]
    number = tf.shape(copies.image)[0]
    return window(*(tf.repeat(one, number) for one in first), tuple(size), [tf.repeat(side, number) for side in sides])
