"""Augmentation of one sample: pure functions of the sample and a seed, TensorFlow operations only."""

import tensorflow as tf

from keras_uda.augment.colours import to_uint8
from keras_uda.augment.windows import MAPS
from keras_uda.augment.windows import PLANES
from keras_uda.augment.windows import Mining
from keras_uda.augment.windows import RequiredClass
from keras_uda.augment.windows import Window
from keras_uda.augment.windows import border_of
from keras_uda.augment.windows import crop as scaled_crop
from keras_uda.augment.windows import cut_out
from keras_uda.augment.windows import random_place
from keras_uda.augment.windows import random_view
from keras_uda.augment.windows import random_window
from keras_uda.augment.windows import towards_rare

FLIP, ZOOM, JITTER, MINE = 1, 2, 3, 4  # each draws from a stream of its own, so that switching one changes no other


def augment(
    sample: dict,
    seed: tf.Tensor,
    *,
    flip: bool,
    zoom: float,
    jitter: float,
    crop: tuple[int, int] | None = None,
    mine: Mining | None = None,
    required: RequiredClass | None = None,
    border: bool = False,
) -> dict:
    """The sample as training sees it this time.

    Args:
        sample: `image` uint8 (H,W,3); perhaps `label` and `pseudo_label` uint8 (H,W), `soft_label` uint16 (h,w,C),
            `points` int32 (P,3) of row, column, class with -1 for none, `weak` (C,).
        seed: int64 (2,).
        flip: mirror half of the samples.
        zoom: largest magnification of a random crop; 1 = no crop. With `crop`: how many times larger a window may be.
        jitter: strength of changes of brightness, contrast and saturation, 0 to 1; 0 = none.
        crop: (rows, columns) of a random window, which is scaled where there is `zoom`.
        mine: where to look for the window of a crop, if the sample has a `pseudo_label`.
        required: what the window of a crop should hold of the `label`.
        border: add how much of the image lies around the crop, see `border_of`.
    Returns:
        The same keys, shapes and types; with a `crop` its size.
    """
    around = tf.zeros([4], "int32")
    if crop is not None or zoom > 1:
        size, draw = sample["image"].shape[:2], substream(seed, ZOOM)
        window = draw_window(sample, draw, zoom, crop, required)
        if mine and mine.classes and "pseudo_label" in sample:
            window = towards_rare(sample["pseudo_label"], mine, substream(seed, MINE), window)
        sample = cut_out(sample, window, crop) if zoom == 1 else scaled_crop(sample, window, crop)
        around = border_of(window, size, crop or size)
    if border:
        sample = {**sample, "border": around}
    if flip:
        sample = random_flip(sample, substream(seed, FLIP))
    if jitter > 0:
        sample = {**sample, "image": colour_jitter(sample["image"], substream(seed, JITTER), jitter)}
    return sample


def draw_window(
    sample: dict, seed: tf.Tensor, zoom: float, crop: tuple[int, int] | None, required: RequiredClass | None
) -> Window:
    """The window of a random crop; arguments as of `augment`."""
    if crop is None:
        return random_window(sample, seed, zoom, required)
    if zoom == 1:
        return random_place(sample, seed, crop, required)
    return random_view(sample, seed, crop, zoom, required)


def substream(seed: tf.Tensor, number: int) -> tf.Tensor:
    """One of eight streams of a sample, number 0 to 7."""
    return tf.stack([seed[0] * 8 + number, seed[1]])


def random_flip(sample: dict, seed: tf.Tensor) -> dict:
    """Mirrors image, maps and points together, with probability 1/2."""
    mirrored = dict(sample)
    width = tf.shape(sample["image"])[1]
    for key in ("image", *MAPS, *PLANES):
        if key in sample:
            mirrored[key] = tf.reverse(sample[key], axis=[1])
    if "border" in sample:
        mirrored["border"] = tf.gather(sample["border"], (0, 1, 3, 2))
    if "points" in sample:
        row, column, name = tf.unstack(sample["points"], axis=-1)
        mirrored["points"] = tf.stack([row, tf.where(column < 0, column, width - 1 - column), name], axis=-1)
    chosen = tf.random.stateless_uniform([], seed) < 0.5
    return {key: tf.where(chosen, mirrored[key], sample[key]) for key in sample}


def colour_jitter(image: tf.Tensor, seed: tf.Tensor, strength: float) -> tf.Tensor:
    """Multiplies brightness, contrast (about the mean) and saturation (about grey) by factors in 1 +- strength/2."""
    low, high = 1 - strength / 2, 1 + strength / 2
    brightness, contrast, saturation = tf.unstack(tf.random.stateless_uniform([3], seed, low, high))
    pixels = tf.cast(image, "float32") * brightness
    mean = tf.reduce_mean(pixels)
    pixels = mean + (pixels - mean) * contrast
    grey = tf.reduce_sum(pixels * (0.299, 0.587, 0.114), axis=-1, keepdims=True)
    return to_uint8(grey + (pixels - grey) * saturation)
