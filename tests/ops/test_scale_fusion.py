"""Fusion of two scales against the released code."""

import numpy as np

from keras_uda.ops.scale_fusion import fuse_scales
from tests import vectors_of_scales
from tests.conftest import assert_matches


def test_it_is_that_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    context, attention = arrays["in_context_logits"], arrays["in_attention_logits"]
    box = vectors_of_scales.drawn_box(arrays["in_window"])
    fused = vectors_of_scales.fused(arrays, meta, box, context, attention, arrays["in_detail_logits"])
    assert_matches(fused, arrays, meta, "out_fused")
    # What the released head returns as context: the map before it is brought to the fine grid.
    mask = np.zeros((1, *context.shape[1:3], 1), "float32")
    top, bottom, left, right = (int(side) for side in box.on_grid(2 * meta["hyper"]["stride"]))
    mask[:, top:bottom, left:right] = 1
    weighted = fuse_scales(context, attention, np.zeros_like(context), mask)
    assert_matches(weighted, arrays, meta, "out_weighted_context")


def test_attention_chooses_the_scale():
    rng = np.random.default_rng(0)
    context, detail = (rng.normal(size=(1, *size, 2)).astype("float32") for size in ((2, 3), (4, 6)))
    none, full = np.full_like(context, -1e4), np.full_like(context, 1e4)
    np.testing.assert_array_equal(fuse_scales(context, full, detail), detail)
    np.testing.assert_array_equal(fuse_scales(context, full, detail, np.zeros((1, 2, 3, 1), "float32")),
                                  fuse_scales(context, none, detail))  # fmt: skip
    one = rng.normal(size=(1, 1, 1, 2)).astype("float32")  # a map of one cell is the same everywhere
    np.testing.assert_array_equal(fuse_scales(one, none[:, :1, :1], detail), np.broadcast_to(one, detail.shape))
