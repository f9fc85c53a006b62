"""The vector `hrda_fusion`: its boxes and grids in our form."""

import numpy as np
import tensorflow as tf

from keras_uda.ops.scale_fusion import fuse_scales
from keras_uda.ops.sliding import Box
from keras_uda.ops.sliding import coverage
from keras_uda.ops.sliding import insert
from tests.conftest import load_vectors

CASE = "hrda_fusion"


def load() -> tuple[dict[str, np.ndarray], dict]:
    return load_vectors(CASE)


def drawn_box(values) -> Box:
    """A window whose place is a tensor, as one that was drawn."""
    return Box(*(tf.constant(int(value)) for value in values))


def fused(arrays, meta, box: Box, context, attention, detail):
    """Fused logits of one window through the shipped functions."""
    stride = meta["hyper"]["stride"]
    coarse = box.on_grid(2 * stride)
    fine = tuple(side // stride for side in arrays["in_labels"].shape[1:])
    mask = coverage(coarse, _cells(arrays, stride), tuple(context.shape[1:3]))
    return fuse_scales(context, attention, insert(detail, box.on_grid(stride), fine), mask)


def _cells(arrays, stride: int) -> tuple[int, int]:
    """(rows, columns) of the window on the coarse grid."""
    top, bottom, left, right = (int(side) // (2 * stride) for side in arrays["in_window"])
    return bottom - top, right - left
