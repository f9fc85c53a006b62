"""Augmentation of one sample: pure functions of the sample and a seed, TensorFlow operations only."""

from typing import NamedTuple

import tensorflow as tf

MAPS = ("label", "pseudo_label")
PLANES = ("soft_label",)
FLIP, ZOOM, JITTER, MINE = 1, 2, 3, 4  # each draws from a stream of its own, so that switching one changes no other


class Mining(NamedTuple):
    """Crops that look for rare classes: with `chance`, the window is centred on a pixel of one of `classes`."""

    classes: tuple[int, ...]
    chance: float


def augment(
    sample: dict, seed: tf.Tensor, *, flip: bool, zoom: float, jitter: float, mine: Mining | None = None
) -> dict:
    """The sample as training sees it this time.

    Args:
        sample: `image` uint8 (H,W,3); perhaps `label` and `pseudo_label` uint8 (H,W), `soft_label` uint16 (h,w,C),
            `points` int32 (P,3) of row, column, class with -1 for none, `weak` (C,).
        seed: int64 (2,).
        flip: mirror half of the samples.
        zoom: largest magnification of a random crop; 1 = no crop.
        jitter: strength of changes of brightness, contrast and saturation, 0 to 1; 0 = none.
        mine: where to look for the window of a crop, if the sample has a `pseudo_label`.
    Returns:
        The same keys, shapes and types.
    """
    if zoom > 1:
        sample = random_crop(sample, _stream(seed, ZOOM), zoom, mine, _stream(seed, MINE))
    if flip:
        sample = random_flip(sample, _stream(seed, FLIP))
    if jitter > 0:
        sample = {**sample, "image": colour_jitter(sample["image"], _stream(seed, JITTER), jitter)}
    return sample


def _stream(seed: tf.Tensor, number: int) -> tf.Tensor:
    return tf.stack([seed[0] * 8 + number, seed[1]])


def random_flip(sample: dict, seed: tf.Tensor) -> dict:
    """Mirrors image, maps and points together, with probability 1/2."""
    mirrored = dict(sample)
    width = tf.shape(sample["image"])[1]
    for key in ("image", *MAPS, *PLANES):
        if key in sample:
            mirrored[key] = tf.reverse(sample[key], axis=[1])
    if "points" in sample:
        row, column, name = tf.unstack(sample["points"], axis=-1)
        mirrored["points"] = tf.stack([row, tf.where(column < 0, column, width - 1 - column), name], axis=-1)
    chosen = tf.random.stateless_uniform([], seed) < 0.5
    return {key: tf.where(chosen, mirrored[key], sample[key]) for key in sample}


def random_crop(
    sample: dict, seed: tf.Tensor, zoom: float, mine: Mining | None = None, mine_seed: tf.Tensor | None = None
) -> dict:
    """Cuts a window of 1/zoom to 1 of each side, at the same ratio, and scales it back; maps by nearest."""
    height, width = sample["image"].shape[:2]
    scale, top, left = tf.unstack(tf.random.stateless_uniform([3], seed))
    scale = 1 / (1 + (zoom - 1) * scale)
    rows = tf.cast(tf.round(height * scale), "int32")
    columns = tf.cast(tf.round(width * scale), "int32")
    top = tf.cast(top * tf.cast(height - rows + 1, "float32"), "int32")
    left = tf.cast(left * tf.cast(width - columns + 1, "float32"), "int32")
    if mine and mine.classes and "pseudo_label" in sample:
        top, left = towards_rare(sample["pseudo_label"], mine, mine_seed, (rows, columns), (top, left))
    window = tf.image.crop_to_bounding_box(sample["image"], top, left, rows, columns)
    cropped = {**sample, "image": to_uint8(tf.image.resize(window, (height, width)))}
    for key in MAPS:
        if key in sample:
            window = tf.image.crop_to_bounding_box(sample[key][..., None], top, left, rows, columns)
            cropped[key] = tf.image.resize(window, (height, width), method="nearest")[..., 0]
    for key in PLANES:
        if key in sample:
            cropped[key] = _crop_planes(sample[key], (top, left), (rows, columns), (height, width))
    if "points" in sample:
        cropped["points"] = _moved(sample["points"], (top, left), (rows, columns), (height, width))
    return cropped


def towards_rare(label: tf.Tensor, mine: Mining, seed: tf.Tensor, window, corner):
    """The corner of a window whose centre is a random pixel of a random rare class, moved to stay inside.

    Args:
        label: uint8 (H,W).
        mine: the classes and the chance.
        seed: int64 (2,).
        window: (rows, columns) of the window.
        corner: (top, left), kept where the chance says so or where no rare class is.
    Source: Zou et al., CBST, ECCV 2018, section 5.1 (mining of small classes); released code
    """
    drawn = tf.random.stateless_uniform([2 + len(mine.classes)], seed)
    present = tf.stack([tf.reduce_any(label == one) for one in mine.classes])
    chosen = tf.gather(tf.constant(mine.classes, "uint8"), tf.argmax(tf.where(present, drawn[2:], -1.0)))
    places = tf.cast(tf.where(label == chosen), "int32")
    count = tf.shape(places)[0]
    number = tf.minimum(tf.cast(drawn[1] * tf.cast(count, "float32"), "int32"), tf.maximum(count - 1, 0))
    place = tf.gather(tf.concat([places, [[0, 0]]], axis=0), number)
    sides, window = tf.constant(tuple(label.shape)), tf.stack(window)
    centred = tf.clip_by_value(place - window // 2, 0, sides - window)
    mined = tf.reduce_any(present) & (drawn[0] < mine.chance)
    return tf.unstack(tf.where(mined, centred, tf.stack(corner)))


def _crop_planes(planes: tf.Tensor, corner, window, size) -> tf.Tensor:
    """The window of maps that are coarser than the image, scaled back to their own size."""
    height, width = planes.shape[:2]
    corner, window = tf.cast(tf.stack(corner), "float32"), tf.cast(tf.stack(window), "float32")
    # Centres of the first and the last pixel to sample, in units of the maps, as crop_and_resize wants them.
    scale, half = tf.constant([height / size[0], width / size[1]]), window / tf.constant([2.0 * height, 2.0 * width])
    first, last = (corner + half) * scale - 0.5, (corner + window - half) * scale - 0.5
    sides = tf.constant([max(height - 1, 1), max(width - 1, 1)], "float32")
    box = tf.clip_by_value(tf.concat([first / sides, last / sides], axis=0), 0.0, 1.0)
    cut = tf.image.crop_and_resize(tf.cast(planes, "float32")[None], box[None], [0], (height, width))[0]
    return tf.saturate_cast(tf.round(cut), planes.dtype)


def _moved(points, corner, window, size):
    """Points in a window that was scaled to `size`; those outside become -1."""
    place, name = points[:, :2], points[:, 2:]
    corner, window, size = tf.stack(corner), tf.stack(window), tf.constant(size)
    moved = (2 * (place - corner) + 1) * size // (2 * window)
    inside = tf.reduce_all((place >= corner) & (place < corner + window), axis=-1, keepdims=True)
    return tf.where(inside, tf.concat([moved, name], axis=-1), -1)


def colour_jitter(image: tf.Tensor, seed: tf.Tensor, strength: float) -> tf.Tensor:
    """Multiplies brightness, contrast (about the mean) and saturation (about grey) by factors in 1 +- strength/2."""
    low, high = 1 - strength / 2, 1 + strength / 2
    brightness, contrast, saturation = tf.unstack(tf.random.stateless_uniform([3], seed, low, high))
    pixels = tf.cast(image, "float32") * brightness
    mean = tf.reduce_mean(pixels)
    pixels = mean + (pixels - mean) * contrast
    grey = tf.reduce_sum(pixels * (0.299, 0.587, 0.114), axis=-1, keepdims=True)
    return to_uint8(grey + (pixels - grey) * saturation)


def to_uint8(pixels: tf.Tensor) -> tf.Tensor:
    """Rounded and limited to 0..255."""
    return tf.saturate_cast(tf.round(pixels), "uint8")
