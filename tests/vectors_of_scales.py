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
    coarse, size = box.on_grid(2 * stride), tuple(context.shape[1:3])
    fine = tuple(side // stride for side in arrays["in_labels"].shape[1:])
    cells = [int(side) for side in coarse]
    part = tf.zeros((1, cells[1] - cells[0], cells[3] - cells[2], 1))
    return fuse_scales(context, attention, insert(detail, box.on_grid(stride), fine), coverage(coarse, part, size))
