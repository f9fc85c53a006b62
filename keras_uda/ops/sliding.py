"""Windows of images that slide or are drawn, and how maps of windows come back into one; built-in ops, exportable.

Source: Hoyer et al., HRDA, ECCV 2022, https://arxiv.org/abs/2204.13132, and its released code lhoyer/HRDA
"""

from typing import NamedTuple

import tensorflow as tf

from keras_uda.ops.random import split
from keras_uda.ops.random import uniform


class Box(NamedTuple):
    """Part of an image: rows `top` to `bottom` - 1, columns `left` to `right` - 1; numbers, or int32 scalars."""

    top: int | tf.Tensor
    bottom: int | tf.Tensor
    left: int | tf.Tensor
    right: int | tf.Tensor

    def on_grid(self, stride: int) -> "Box":
        """The same part in cells of `stride` pixels."""
        return Box(*(side // stride for side in self))


def sliding_boxes(size: tuple[int, int], window: tuple[int, int], step: tuple[int, int]) -> list[Box]:
    """Windows that cover an image, in reading order; the last of a row or column is moved back into the image.

    Args:
        size, window, step: (rows, columns); a window is not larger than the image.
    """
    rows, columns = (_starts(*sides) for sides in zip(size, window, step, strict=True))
    return [Box(top, top + window[0], left, left + window[1]) for top in rows for left in columns]


def _starts(length: int, window: int, step: int) -> list[int]:
    return [*range(0, length - window, step), length - window]


def offset_count(length: int, window: int, divisor: int) -> int:
    """How many offsets 0, divisor, 2 divisor, ... a window is drawn from: as released, never the largest possible one.

    n = floor((length - window + 1) / divisor), at least 1
    """
    return max((length - window + 1) // divisor, 1)


def draw_box(size: tuple[int, int], window: tuple[int, int], divisor: int, seed: tf.Tensor) -> Box:
    """A window at a random place whose coordinates are multiples of `divisor`.

    Args:
        size, window: (rows, columns).
        seed: int32 (2,).
    """
    seeds = split(seed, 2)
    top, left = (
        divisor * _drawn(offset_count(size[axis], window[axis], divisor), seeds[axis]) for axis in range(len(size))
    )
    return Box(top, top + window[0], left, left + window[1])


def _drawn(count: int, seed: tf.Tensor) -> tf.Tensor:
    """int32 scalar in [0, count)."""
    return tf.minimum(tf.cast(uniform([], seed) * count, "int32"), count - 1)


def cut(maps: tf.Tensor, box: Box, window: tuple[int, int]) -> tf.Tensor:
    """A window of maps (batch, H, W[, channels]); its size (rows, columns) is known, its place may be drawn."""
    batch = maps.shape[0] or tf.shape(maps)[0]
    rest = list(maps.shape[3:])
    begin = tf.stack([0, tf.cast(box.top, "int32"), tf.cast(box.left, "int32"), *([0] * len(rest))])
    part = tf.slice(maps, begin, [batch, *window, *rest])
    return tf.ensure_shape(part, (maps.shape[0], *window, *rest))


def insert(part: tf.Tensor, box: Box, size: tuple[int, int]) -> tf.Tensor:
    """A map (batch, h, w, channels) at its place among zeros: (batch, *size, channels)."""
    rows, columns = size[0] - part.shape[1], size[1] - part.shape[2]
    if isinstance(box.top, int) and isinstance(box.left, int):
        before = ((box.top, rows - box.top), (box.left, columns - box.left))
        return tf.pad(part, ((0, 0), *before, (0, 0)))
    in_the_corner = tf.pad(part, ((0, 0), (0, rows), (0, columns), (0, 0)))  # XLA pads by constants alone
    return tf.roll(in_the_corner, shift=tf.stack([box.top, box.left]), axis=(1, 2))


def mean_of_windows(parts: list[tf.Tensor], boxes: list[Box], size: tuple[int, int]) -> tf.Tensor:
    """Maps of overlapping windows as one: their sum, divided by how many windows a pixel is in.

    Args:
        parts: one float (batch, h, w, channels) for each box.
        boxes: that cover the map, in its cells.
        size: (rows, columns) of the map.
    Returns:
        float (batch, *size, channels).
    """
    total = sum(insert(part, box, size) for part, box in zip(parts, boxes, strict=True))
    return total / sum(coverage(box, part.shape[1:3], size) for part, box in zip(parts, boxes, strict=True))


def coverage(box: Box, window: tuple[int, int], size: tuple[int, int]) -> tf.Tensor:
    """1 in a window of (rows, columns), 0 around it: float32 (1, *size, 1)."""
    return insert(tf.ones((1, *window, 1)), box, size)
