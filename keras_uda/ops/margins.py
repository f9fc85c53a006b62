"""Margins of images where a prediction is not to be trusted: the own car, the border of a rectified frame."""

from collections.abc import Sequence

import tensorflow as tf


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
