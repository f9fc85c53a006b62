"""From the drawn picture to a photograph: contrast, blur, noise, and what each option alone does."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world.lens import photograph
from keras_uda.world.look import Lens

ONE, NONE = (1.0, 1.0), (0.0, 0.0)
PLAIN = Lens(ONE, ONE, NONE, NONE, (), NONE, blur=(0.3, 0.3), noise=NONE, vignette=NONE, rain=0.0, jpeg=())
GRAIN = np.random.default_rng(0).normal(0, 32, (512, 512, 3)).clip(-127, 127).astype(np.int8)


def taken(image, wet=False, **lens):
    return photograph(random.Random(1), random.Random(2), image, dataclasses.replace(PLAIN, **lens), GRAIN, wet)


def grey(value=118):
    return np.full((96, 128, 3), value, np.uint8)


def test_a_plain_lens_changes_nothing_of_a_plain_picture():
    np.testing.assert_array_equal(taken(grey()), grey())


def test_contrast_turns_about_a_middle_grey():
    assert taken(grey(168), contrast=(0.5, 0.5)).mean() == pytest.approx(118 + 25, abs=1)
    assert taken(grey(68), contrast=(0.5, 0.5)).mean() == pytest.approx(118 - 25, abs=1)


def test_noise_has_its_deviation_and_a_vignette_darkens_the_corners():
    assert taken(grey(), noise=(8.0, 8.0)).std() == pytest.approx(8, rel=0.15)
    dark = taken(grey(200), vignette=(0.5, 0.5))
    assert dark[0, 0].mean() < 0.6 * 200 and dark[48, 64].mean() > 0.98 * 200


def test_blur_softens_an_edge():
    edge = grey(50)
    edge[:, 64:] = 200
    sharp, soft = (np.abs(np.diff(taken(edge, blur=(s, s)).astype(int), axis=1)).max() for s in (0.3, 3.0))
    assert soft < sharp / 2


def test_rain_draws_streaks_and_compression_leaves_traces():
    assert not np.array_equal(taken(grey(), wet=True), grey())
    pattern = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    assert not np.array_equal(taken(pattern, jpeg=(40, 40)), taken(pattern))
