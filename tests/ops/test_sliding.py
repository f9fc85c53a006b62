"""Windows against what the released code does, and against their rules in slow Python."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.ops.scale_fusion import fuse_scales
from keras_uda.ops.sliding import Box
from keras_uda.ops.sliding import cut
from keras_uda.ops.sliding import draw_box
from keras_uda.ops.sliding import insert
from keras_uda.ops.sliding import mean_of_windows
from keras_uda.ops.sliding import offset_count
from keras_uda.ops.sliding import sliding_boxes
from tests import vectors_of_scales
from tests.conftest import assert_matches


def boxes_of(arrays, meta) -> list[Box]:
    """Sliding windows of the file, in pixels of the full scale."""
    context, scale = arrays["in_slide_context_logits"], 2 * meta["hyper"]["stride"]
    size = tuple(side * scale for side in context.shape[1:3])
    window = tuple(meta["hyper"]["window"])
    return sliding_boxes(size, window, tuple(side // 2 for side in window))


def test_boxes_are_those_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    assert_matches(np.array(boxes_of(arrays, meta), "int32"), arrays, meta, "out_slide_boxes")


def test_sliding_details_and_their_fusion_are_those_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    stride, context = meta["hyper"]["stride"], arrays["in_slide_context_logits"]
    fine = tuple(2 * side for side in context.shape[1:3])
    boxes = [box.on_grid(stride) for box in boxes_of(arrays, meta)]
    detail = mean_of_windows(list(arrays["in_slide_detail_logits"]), boxes, fine)
    assert_matches(detail, arrays, meta, "out_slide_detail")
    assert_matches(fuse_scales(context, arrays["in_slide_attention_logits"], detail), arrays, meta, "out_slide_fused")


def test_offsets_are_those_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    found = []
    for height, width, rows, columns, divisor in arrays["in_offset_cases"].tolist():
        counts = [offset_count(height, rows, divisor), offset_count(width, columns, divisor)]
        found.append([*counts, *((count - 1) * divisor for count in counts)])
    assert_matches(np.array(found, "int32"), arrays, meta, "out_offsets")


@pytest.mark.parametrize(
    ("size", "window", "step"), [((9, 7), (4, 3), (2, 1)), ((8, 8), (8, 4), (4, 4)), ((5, 6), (5, 6), (2, 3))]
)
def test_every_pixel_is_covered_and_counted(size, window, step):
    boxes = sliding_boxes(size, window, step)
    count = np.zeros(size)
    for top, bottom, left, right in boxes:
        assert (bottom - top, right - left) == window and bottom <= size[0] and right <= size[1]
        count[top:bottom, left:right] += 1
    assert count.min() >= 1 and boxes == sorted(set(boxes), key=lambda box: (box.top, box.left))
    parts = list(np.random.default_rng(0).normal(size=(len(boxes), 2, *window, 3)).astype("float32"))
    expected = np.zeros((2, *size, 3))
    for part, (top, bottom, left, right) in zip(parts, boxes, strict=True):
        expected[:, top:bottom, left:right] += part
    np.testing.assert_allclose(mean_of_windows(parts, boxes, size), expected / count[..., None], rtol=1e-5)


def test_a_drawn_window_is_at_any_offset_but_the_largest():
    boxes = [draw_box((48, 40), (24, 16), 8, tf.constant([seed, 0])) for seed in range(200)]
    assert {int(box.top) for box in boxes} == {0, 8, 16} and {int(box.left) for box in boxes} == {0, 8, 16}
    assert {(int(box.bottom - box.top), int(box.right - box.left)) for box in boxes} == {(24, 16)}
    whole = draw_box((24, 16), (24, 16), 8, tf.constant([1, 2]))
    assert [int(side) for side in whole] == [0, 24, 0, 16]


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}], ids=["graph", "XLA"])
def test_what_is_cut_at_a_drawn_place_goes_back_there(options):
    maps = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype("float32")

    @tf.function(**options)
    def there_and_back(top, left):
        box = Box(top, top + 2, left, left + 3)
        return insert(cut(maps, box, (2, 3)), box, (6, 5))

    expected = np.zeros_like(maps)
    expected[:, 4:6, 1:4] = maps[:, 4:6, 1:4]
    np.testing.assert_array_equal(there_and_back(tf.constant(4), tf.constant(1)), expected)
    np.testing.assert_array_equal(insert(maps[:, 4:6, 1:4], Box(4, 6, 1, 4), (6, 5)), expected)
