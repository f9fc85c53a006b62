"""What is between street and lens: each adds what it should, where it should."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import windscreen
from tests.world.street import camera
from tests.world.street import scene


def grey(value=100):
    return np.full((96, 128, 3), value, np.uint8)


def test_the_sun_blinds_only_where_it_stands_ahead():
    light = dataclasses.replace(scene().light, glare=1.0, sun=(-2.0, -4.0))
    view = camera(width=128, height=96, focal=100.0, centre_x=64.0, horizon=50.0)
    blinded = windscreen.glare(grey(), light, view).astype(int)
    right, left = blinded[:40, 96:].mean(), blinded[:40, :32].mean()  # the shadows fall to the right: the sun is left
    assert left > right + 20 and blinded.max() > 200 and blinded.min() >= 100
    for changes in ({"sun": (-2.0, 4.0)}, {"glare": 0.0}):
        np.testing.assert_array_equal(windscreen.glare(grey(), dataclasses.replace(light, **changes), view), grey())


def test_reflections_only_brighten():
    seen = windscreen.reflection(random.Random(0), grey(), scene().atlas.cloud, 0.5)
    assert (seen >= grey()).all() and seen.mean() > 101


@pytest.mark.parametrize(
    "mark", [windscreen.dirt, windscreen.rain, lambda draw, image: windscreen.drops(draw, image, 9)]
)
def test_marks_change_little_and_keep_the_form(mark):
    picture = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    seen = mark(random.Random(0), picture.copy())
    assert seen.shape == picture.shape and seen.dtype == np.uint8 and not np.array_equal(seen, picture)
    assert np.abs(seen.astype(int) - picture).mean() < 60


def test_drops_change_only_their_places():
    picture = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    seen = windscreen.drops(random.Random(0), picture.copy(), 3)
    assert 0 < np.mean((seen != picture).any(axis=-1)) < 0.1
