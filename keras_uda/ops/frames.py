"""Frames inside the graph: decoded exactly, resized in whole numbers, label maps brought back.

Training, evaluation and the signatures of a SavedModel use these; `predict.integer_resize` has the same bytes without
TensorFlow. Floating-point resizing rounds differently in TensorFlow, OpenCV and numpy, so that a server and a device
see different frames. Here weights are multiples of 1/2048 and everything is an integer.
"""

import tensorflow as tf

WEIGHT = 2048


def decode_frame(content):
    """A JPEG, PNG or BMP file as uint8 (height, width, 3), the same pixels as OpenCV and Pillow read.

    `decode_image` takes the fast transform for JPEG: most pixels are off, by up to 17 levels.
    """
    return tf.cond(
        tf.io.is_jpeg(content),
        lambda: tf.io.decode_jpeg(content, channels=3, fancy_upscaling=True, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(content, channels=3, expand_animations=False),
    )


def resize_frames(frames, height: int, width: int):
    """Antialiased bilinear resize with half-pixel centres, as `tf.image.resize(antialias=True)` and Pillow have it.

        out[i] = sum_j w[i, j] in[j],   w[i, j] ~ max(0, 1 - |(j + 0.5) - (i + 0.5) h / H| / max(1, h / H))

    over the pixels inside the image, weights rounded to 1/2048 with the sum 1; enlarging is plain bilinear.

    Args:
        frames: uint8 (batch, h, w, 3).
        height: H, wanted.
        width: W, wanted.
    Returns:
        uint8 (batch, H, W, 3).
    """
    shape = tf.shape(frames)
    frames = tf.cond(
        tf.reduce_all(tf.equal(shape[1:3], [height, width])),
        lambda: frames,
        lambda: _resize(frames, height, width),
    )
    return tf.ensure_shape(frames, (None, height, width, 3))


def _resize(frames, height, width):
    total = _weighted(_weighted(frames, height, 1), width, 2)
    return tf.cast((total + WEIGHT * WEIGHT // 2) // (WEIGHT * WEIGHT), "uint8")


def _weighted(frames, after: int, axis: int):
    """int32: the sums of the taps of one axis, in units of 1/2048."""
    places, weights = _taps(tf.shape(frames)[axis], after)
    weights = tf.reshape(weights, (tf.shape(weights)[0], after, *(1,) * (3 - axis)))

    def add(tap, total):
        return tap + 1, total + tf.cast(tf.gather(frames, places[tap], axis=axis), "int32") * weights[tap]

    shape = tf.tensor_scatter_nd_update(tf.shape(frames), [[axis]], [after])
    begin = (tf.constant(0), tf.zeros(shape, "int32"))
    return tf.while_loop(lambda tap, _: tap < tf.shape(weights)[0], add, begin, parallel_iterations=1)[1]


def _taps(before, after: int):
    """int32 (taps, after): the pixels that each output pixel is made of, and 2048 times their weights."""
    before = tf.cast(before, "int64")
    after = tf.constant(after, "int64")
    widest = tf.maximum(before, after)
    centre = (2 * tf.range(after) + 1) * before  # positions are in units of 1 / (2 after) pixels
    first = (centre - 2 * widest - after) // (2 * after) + 1
    places = first + tf.range(-(-2 * widest // after))[:, None]
    raw = tf.maximum(2 * widest - tf.abs((2 * places + 1) * after - centre), 0)
    raw = tf.where((places >= 0) & (places < before), raw, 0)
    # Rounding the sums from the last tap on keeps the whole at 2048.
    sums = tf.cumsum(raw, reverse=True)
    sums = (2 * WEIGHT * sums + sums[0]) // (2 * sums[0])
    weights = sums - tf.concat([sums[1:], tf.zeros_like(sums[:1])], 0)
    return tf.cast(tf.clip_by_value(places, 0, before - 1), "int32"), tf.cast(weights, "int32")


def nearest_back(maps, size):
    """Brings maps to another size by nearest neighbour, source index floor((i + 0.5) * h / H).

    Args:
        maps: (batch, h, w), any type.
        size: int32 (2,), H and W.
    """
    shape = tf.shape(maps)
    rows = (2 * tf.range(size[0]) + 1) * shape[1] // (2 * size[0])
    columns = (2 * tf.range(size[1]) + 1) * shape[2] // (2 * size[1])
    return tf.gather(tf.gather(maps, rows, axis=1), columns, axis=2)
