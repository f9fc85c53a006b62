"""Margins of images where a prediction is not to be trusted: the own car, the border of a rectified frame."""

from collections.abc import Sequence

import tensorflow as tf
from keras import ops


def inside_margins_of_crops(size: tuple[int, int], border, margins: Sequence[float]):
    """Where crops lie inside the margins of the images that they are cut from.

    Args:
        size: (rows, columns) of the crops.
        border: int (batch, 4), rows of the image above and below a crop, columns left and right of it.
        margins: shares of the rows at the top and at the bottom of the whole image, of the columns left and right.
    Returns:
        float32 (batch, rows, columns), 1 inside and 0 in a margin.
    Source: as of `inside_margins`, whose mask is cut with its image
    """
    tall, wide = (
        _between(size[axis], border[:, 2 * axis], border[:, 2 * axis + 1], margins[2 * axis : 2 * axis + 2])
        for axis in (0, 1)
    )
    return ops.cast(ops.logical_and(tall[:, :, None], wide[:, None, :]), "float32")


def _between(length: int, before, after, margins: Sequence[float]):
    """bool (batch, length): which rows of a crop are in no margin of the whole image."""
    before, after = ops.cast(before, "float32")[:, None], ops.cast(after, "float32")[:, None]
    whole, places = before + length + after, before + ops.arange(length, dtype="float32")
    first, last = ops.round(margins[0] * whole), whole - ops.round(margins[1] * whole)
    return ops.logical_and(places >= first, places < last)


def inside_margins(size: tuple[int, int], margins: Sequence[int]) -> tf.Tensor:
    """Where an image lies inside its margins.

    Args:
        size: (rows, columns) of the whole image.
        margins: rows at the top, rows at the bottom, columns at the left, columns at the right; 0 leaves a side as it
            is, a margin beyond the image takes all of it.
    Returns:
        float32 (rows, columns), 1 inside and 0 in a margin.
    Source: `pre_pipeline` of github.com/lhoyer/HRDA mmseg/datasets/cityscapes.py
    """
    top, bottom, left, right = margins
    rows, columns = tf.range(size[0]), tf.range(size[1])
    tall = (rows >= top) & (rows < size[0] - bottom)
    wide = (columns >= left) & (columns < size[1] - right)
    return tf.cast(tall[:, None] & wide, "float32")
