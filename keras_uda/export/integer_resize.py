"""Resizing of frames inside the graph, in whole numbers: the same bytes as `serving.resize` on every machine.

Floating-point bilinear resizing rounds differently in TensorFlow, OpenCV and numpy, so that a server and a device see
different frames. Here weights are multiples of 1/2048 and everything is int32.
"""

import tensorflow as tf

WEIGHT = 2048


def resize_frames(frames, height: int, width: int):
    """Bilinear resize with half-pixel centres, without anti-aliasing.

        source coordinate = (i + 0.5) * h / H - 0.5, clamped to [0, h - 1], its fraction rounded to 1/2048

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
    shape = tf.shape(frames)
    low, high, weight = _taps(shape[1], height)
    weight = weight[:, None, None]
    top, bottom = tf.gather(frames, low, axis=1), tf.gather(frames, high, axis=1)
    rows = tf.cast(top, "int32") * (WEIGHT - weight) + tf.cast(bottom, "int32") * weight
    low, high, weight = _taps(shape[2], width)
    weight = weight[:, None]
    total = tf.gather(rows, low, axis=2) * (WEIGHT - weight) + tf.gather(rows, high, axis=2) * weight
    return tf.cast((total + WEIGHT * WEIGHT // 2) // (WEIGHT * WEIGHT), "uint8")


def _taps(before, after: int):
    """Indices of the two neighbours of each output pixel, and 2048 times the weight of the second."""
    position = (2 * tf.range(after) + 1) * before - after
    position = tf.clip_by_value(position, 0, (before - 1) * 2 * after)
    low = position // (2 * after)
    weight = ((position - low * 2 * after) * WEIGHT + after) // (2 * after)
    return low, tf.minimum(low + 1, before - 1), weight


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
