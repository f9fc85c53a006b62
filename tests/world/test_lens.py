"""From the drawn picture to a photograph: contrast, blur, noise, and what each option alone does."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world.atlas import atlas
from keras_uda.world.lens import photograph
from keras_uda.world.look import Lens

ONE, NONE = (1.0, 1.0), (0.0, 0.0)
GLASS = dict(rain=0.0, drops=0.0, dirt=0.0, reflection=0.0)
PLAIN = Lens(ONE, ONE, NONE, NONE, (), NONE, 0.0, (0.3, 0.3), NONE, NONE, **GLASS, jpeg=(), packed=1.0)
PICTURES = atlas("sim")


def taken(image, rain=False, **lens):
    return photograph(random.Random(1), random.Random(2), image, dataclasses.replace(PLAIN, **lens), PICTURES, rain)


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
    assert not np.array_equal(taken(grey(), rain=True), grey())
    pattern = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    assert not np.array_equal(taken(pattern, jpeg=(40, 40)), taken(pattern))


def test_drops_dirt_and_reflections_come_as_often_as_the_lens_says():
    for option in ("drops", "dirt", "reflection"):
        picture = np.random.default_rng(0).integers(0, 200, (480, 640, 3)).astype(np.uint8)
        assert not np.array_equal(taken(picture.copy(), **{option: 1.0}), taken(picture.copy()))
    pattern = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    np.testing.assert_array_equal(taken(pattern, jpeg=(40, 40), packed=0.0), taken(pattern))


def test_automatic_exposure_reaches_for_its_target():
    dark, bright = (taken(grey(value), meter=(110, 110)).mean() for value in (40, 200))
    assert 70 < dark < 110 < bright < 150
