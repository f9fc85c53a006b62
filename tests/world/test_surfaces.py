"""Patches on surfaces: on average unchanged, never on the sky, never in the classes."""

import random

import numpy as np
import pytest

from keras_uda.world import surfaces
from keras_uda.world.atlas import atlas


def canvas(train_id, size=(96, 128), value=100):
    return np.full((*size, 4), (value, value, value, train_id), np.uint8)


def roughened(before, amount=0.5, seed=0):
    after = before.copy()
    surfaces.roughen(random.Random(seed), after, atlas("sim").patches, amount)
    np.testing.assert_array_equal(after[..., 3], before[..., 3])
    return after


def test_dead_leaves_are_unchanged_on_average_and_of_all_sizes():
    tile = atlas("sim").patches.astype(float)
    assert abs(tile.mean() - 128) < 12 and tile.std() > 25
    halves = tile.reshape(64, 8, 64, 8).mean(axis=(1, 3))
    assert 0.3 * tile.std() < halves.std() < 0.95 * tile.std()  # patches larger and smaller than eight pixels


@pytest.mark.parametrize("train_id, least, most", [(13, 8, 30), (2, 8, 30), (0, 4, 15), (10, 0, 0), (255, 0, 0)])
def test_things_are_rough_the_road_less_and_the_sky_not(train_id, least, most):
    after = roughened(canvas(train_id))
    assert least <= after[..., :3].std() <= most
    assert abs(after[..., :3].mean() - 100) < 12


def test_the_amount_is_the_strength():
    some, more = (roughened(canvas(13), amount)[..., 0].std() for amount in (0.2, 0.5))
    assert more == pytest.approx(2.5 * some, rel=0.15)
    np.testing.assert_array_equal(roughened(canvas(13), 0.0), canvas(13))


@pytest.mark.parametrize("size", [(1, 1), (65, 33), (96, 640), (384, 512)])
def test_any_size_is_served(size):
    assert roughened(canvas(13, size)).shape == (*size, 4)
