"""Augmentation of one sample: pure functions of the sample and a seed, TensorFlow operations only."""

import tensorflow as tf

MAPS = ("label", "pseudo_label")
FLIP, ZOOM, JITTER = 1, 2, 3  # each draws from a stream of its own, so that switching one changes no other


def augment(sample: dict, seed: tf.Tensor, *, flip: bool, zoom: float, jitter: float) -> dict:
    """The sample as training sees it this time.

    Args:
        sample: `image` uint8 (H,W,3); perhaps `label` and `pseudo_label` uint8 (H,W), `points` int32 (P,3) of row,
            column, class with -1 for none, `weak` (C,).
        seed: int64 (2,).
        flip: mirror half of the samples.
        zoom: largest magnification of a random crop; 1 = no crop.
        jitter: strength of changes of brightness, contrast and saturation, 0 to 1; 0 = none.
    Returns:
        The same keys, shapes and types.
    """
    if zoom > 1:
        sample = random_crop(sample, _stream(seed, ZOOM), zoom)
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
    for key in ("image", *MAPS):
        if key in sample:
            mirrored[key] = tf.reverse(sample[key], axis=[1])
    if "points" in sample:
        row, column, name = tf.unstack(sample["points"], axis=-1)
        mirrored["points"] = tf.stack([row, tf.where(column < 0, column, width - 1 - column), name], axis=-1)
    chosen = tf.random.stateless_uniform([], seed) < 0.5
    return {key: tf.where(chosen, mirrored[key], sample[key]) for key in sample}


def random_crop(sample: dict, seed: tf.Tensor, zoom: float) -> dict:
    """Cuts a window of 1/zoom to 1 of each side, at the same ratio, and scales it back; maps by nearest."""
    height, width = sample["image"].shape[:2]
    scale, top, left = tf.unstack(tf.random.stateless_uniform([3], seed))
    scale = 1 / (1 + (zoom - 1) * scale)
    rows = tf.cast(tf.round(height * scale), "int32")
    columns = tf.cast(tf.round(width * scale), "int32")
    top = tf.cast(top * tf.cast(height - rows + 1, "float32"), "int32")
    left = tf.cast(left * tf.cast(width - columns + 1, "float32"), "int32")
    window = tf.image.crop_to_bounding_box(sample["image"], top, left, rows, columns)
    cropped = {**sample, "image": to_uint8(tf.image.resize(window, (height, width)))}
    for key in MAPS:
        if key in sample:
            window = tf.image.crop_to_bounding_box(sample[key][..., None], top, left, rows, columns)
            cropped[key] = tf.image.resize(window, (height, width), method="nearest")[..., 0]
    if "points" in sample:
        cropped["points"] = _moved(sample["points"], (top, left), (rows, columns), (height, width))
    return cropped


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
