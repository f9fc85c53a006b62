"""Hidden blocks: the masks of the released code, and what a draw may give."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment import block_mask
from keras_uda.augment.block_mask import grid_of
from keras_uda.augment.block_mask import hide_blocks
from tests.conftest import assert_matches
from tests.conftest import load_vectors

SEED = tf.constant([3, 5])


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("in_heights", [False, True], ids=["pixels", "heights"])
def test_masks_are_those_of_the_released_code(monkeypatch, in_graph, in_heights):
    arrays, meta = load_vectors("mic_mask")
    assert len(arrays["in_cases"])
    for k, (height, width, block, ratio) in enumerate(arrays["in_cases"]):
        stored = arrays[f"in_rand_{k}"]

        def draw(number, rows, columns, seed, stored=stored):
            assert (rows, columns) == stored.shape[1:]
            return tf.constant(stored)

        monkeypatch.setattr(block_mask, "draw_blocks", draw)
        ones = np.ones((len(stored), int(height), int(width), 3), "float32")
        hide = tf.function(hide_blocks) if in_graph else hide_blocks
        options = {"block": float(block / height if in_heights else block), "ratio": float(ratio), "colour": (0, 0, 0)}
        mask = np.array(hide(ones, SEED, **options))
        assert_matches(mask[..., 0], arrays, meta, f"out_mask_{k}")
        assert (mask == mask[..., :1]).all()
        if f"out_masked_images_{k}" in arrays:
            masked = hide(arrays["in_images"], SEED, **options)
            assert_matches(masked, arrays, meta, f"out_masked_images_{k}")


def test_the_grid_rounds_half_to_even_and_has_a_block():
    assert grid_of(40, 56, 16) == (2, 4)
    assert grid_of(192, 256, 1 / 16) == (16, 21) == grid_of(192, 256, 12)
    assert grid_of(512, 512, 1 / 16) == grid_of(512, 512, 32) == grid_of(1024, 1024, 64) == (16, 16)
    assert grid_of(8, 8, 64) == (1, 1) and grid_of(4, 6, 1) == (4, 6)


def test_the_ratio_is_the_share_that_is_hidden_and_has_the_colour():
    images = np.full((4, 64, 96, 3), 200, "uint8")
    masked = np.array(hide_blocks(images, SEED, block=2, ratio=0.7, colour=(1.0, 2.0, 3.0)))
    hidden = (masked == (1.0, 2.0, 3.0)).all(-1)
    assert masked.dtype == "float32" and (masked[~hidden] == 200).all()
    assert hidden.mean() == pytest.approx(0.7, abs=0.03)
    assert len({one.tobytes() for one in hidden}) == 4  # a mask of its own for every image
    for ratio, share in ((0.0, 0), (1.0, 1)):
        all_or_none = np.array(hide_blocks(images, SEED, block=0.5, ratio=ratio, colour=(0.0, 0.0, 0.0)))
        assert (all_or_none == 0).mean() == share


def test_a_draw_is_a_function_of_its_seed_in_every_mode():
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 40, 3)).astype("float32")
    options = {"block": 8, "ratio": 0.5, "colour": (127.0, 127.0, 127.0)}
    eager = np.array(hide_blocks(images, SEED, **options))
    for compiled in (None, True):
        graph = tf.function(lambda seed: hide_blocks(images, seed, **options), jit_compile=compiled)
        np.testing.assert_array_equal(graph(SEED), eager)
    assert not np.array_equal(hide_blocks(images, SEED + 1, **options), eager)
