"""Losses of two scales, with their gradients, against the released code."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.multi_resolution import two_scale_losses
from keras_uda.ops.sliding import Box
from tests import vectors_of_scales
from tests.conftest import assert_matches


@pytest.mark.parametrize("case", ["source", "mixed"])
def test_losses_and_gradients_are_those_of_the_released_code(case):
    arrays, meta = vectors_of_scales.load()
    names = ("context_logits", "attention_logits", "detail_logits")
    logits = [tf.constant(arrays[f"in_{name}"]) for name in names]
    weights = np.ones_like(arrays["in_pixel_weight"]) if case == "source" else arrays["in_pixel_weight"]
    box = vectors_of_scales.drawn_box(arrays["in_window"])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        fused = vectors_of_scales.fused(arrays, meta, box, *logits)
        weight = meta["hyper"]["detail_weight"]
        losses = two_scale_losses(arrays["in_labels"], fused, logits[2], box, weight, weights)
        loss = sum(losses)
    assert_matches(tf.stack(losses), arrays, meta, f"out_{case}_losses")
    for name, gradient in zip(names, tape.gradient(loss, logits), strict=True):
        assert_matches(gradient, arrays, meta, f"grad_{case}_{name}")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_large_logits_are_finite(dtype):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (1, 16, 16))
    labels[:, :4] = 255
    fused, detail = (tf.cast(rng.choice([-1e4, 1e4], (1, *size, 3)), dtype) for size in ((4, 4), (2, 2)))
    with tf.GradientTape() as tape:
        tape.watch([fused, detail])
        losses = two_scale_losses(labels, fused, detail, Box(4, 12, 0, 8), 0.1, np.ones((1, 16, 16), "float32"))
        loss = sum(losses)
    values = [*losses, *tape.gradient(loss, [fused, detail])]
    assert all(np.isfinite(np.asarray(value, "float32")).all() for value in values)
