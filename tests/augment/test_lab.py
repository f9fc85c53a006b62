"""Colour statistics of another image: the published values, the equation in slow numpy, and what the options do."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.lab import lab
from keras_uda.augment.lab import statistics
from keras_uda.augment.lab import to_lab
from keras_uda.augment.lab import transfer
from tests.conftest import assert_matches
from tests.conftest import load_vectors

PUBLISHED_FLOOR = 2.0**-52


@pytest.mark.parametrize("pair", [0, 1])
def test_the_published_values(pair):
    arrays, meta = load_vectors("lab_statistics")
    source, target = arrays[f"in_source_{pair}"], arrays[f"in_target_{pair}"]
    assert_matches(to_lab(source, PUBLISHED_FLOOR), arrays, meta, f"out_lab_source_{pair}")
    found = tf.stack(statistics(to_lab(target, PUBLISHED_FLOOR)))
    assert_matches(found, arrays, meta, f"out_target_statistics_{pair}")
    assert_matches(transfer(source, target, PUBLISHED_FLOOR), arrays, meta, f"out_reinhard_{pair}")
    assert_matches(transfer(target, source, PUBLISHED_FLOOR), arrays, meta, f"out_reinhard_back_{pair}")


def slowly_transferred(image, like, floor):
    to_lms = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])

    def values(rgb):
        result = np.empty(rgb.shape)
        for y, x in np.ndindex(*rgb.shape[:2]):
            long, middle, short = (np.log(max(row @ rgb[y, x], floor)) for row in to_lms)
            result[y, x] = (
                (long + middle + short) / np.sqrt(3),
                (long + middle - 2 * short) / np.sqrt(6),
                (long - middle) / np.sqrt(2),
            )
        return result

    own, other = values(image), values(like)
    own = (own - own.mean((0, 1))) * other.std((0, 1)) / own.std((0, 1)) + other.mean((0, 1))
    for y, x in np.ndindex(*image.shape[:2]):
        light, yellow, red = own[y, x] / np.sqrt([3, 6, 2])
        lms = np.exp([light + yellow + red, light + yellow - red, light - 2 * yellow])
        own[y, x] = np.linalg.solve(to_lms, lms)
    return np.clip(own, 0, 255)


def pair_of_images(seed=0):
    generator = np.random.default_rng(seed)
    dark, bright = generator.integers(0, 90, (5, 7, 3)), generator.integers(60, 256, (6, 4, 3))
    return dark.astype("uint8"), bright.astype("uint8")


@pytest.mark.parametrize("floor", [1e-3, 1.0, 30.0])
def test_the_equation(floor):
    dark, bright = pair_of_images()
    dark[0, 0] = 0
    expected = slowly_transferred(dark.astype("float64"), bright.astype("float64"), floor)
    np.testing.assert_allclose(transfer(dark, bright, floor), expected, atol=0.02)


def test_images_of_one_colour_give_no_nan():
    dark, bright = pair_of_images()
    for flat in (np.zeros((4, 4, 3), "uint8"), np.full((4, 4, 3), 128, "uint8")):
        for image, like in ((flat, bright), (dark, flat)):
            assert np.isfinite(transfer(image, like, 1.0)).all()
    speck = np.full((200, 300, 3), 100, "uint8")
    speck[0, 0] = 255
    assert np.isfinite(transfer(speck, bright, 1.0)).all()


def test_the_chance_is_kept_and_labels_stay():
    dark, bright = pair_of_images()
    sample, changed = {"image": tf.constant(dark), "label": tf.zeros((5, 7), "uint8")}, 0
    for number in range(100):
        result = lab(sample, {"image": tf.constant(bright)}, tf.constant([3, number], "int64"), chance=0.3)
        assert result["label"] is sample["label"] and result["image"].dtype == "uint8"
        changed += not np.array_equal(result["image"], dark)
    assert 15 < changed < 45
    always = lab(sample, {"image": tf.constant(bright)}, tf.constant([3, 1], "int64"))
    assert np.abs(np.mean(always["image"]) - np.mean(bright)) < 10


def test_a_black_pixel_hardly_matters():
    dark, bright = pair_of_images()
    with_black = dark.copy()
    with_black[2, 3] = 0
    plain, black = (np.asarray(transfer(image, bright, 1.0))[3:] for image in (dark, with_black))
    published = np.asarray(transfer(with_black, bright, PUBLISHED_FLOOR))[3:]
    assert np.abs(black - plain).mean() < np.abs(published - plain).mean() / 2
