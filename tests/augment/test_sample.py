"""Augmentation moves image, maps and points together, and is a pure function of the seed."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.sample import augment
from keras_uda.augment.sample import colour_jitter
from keras_uda.augment.sample import random_flip
from keras_uda.augment.windows import crop
from keras_uda.augment.windows import random_window
from tests.data import making


def sample(width=24, height=16):
    label = making.ids(0, size=(width, height))
    image = np.repeat(label[..., None], 3, 2) * 10
    points = np.array([[2, 5, label[2, 5]], [9, 20, label[9, 20]], [-1, -1, -1]], np.int32)
    weak = np.arange(19, dtype=np.float32)
    return {"image": image, "label": label, "pseudo_label": label, "points": points, "weak": weak}


def tensors(values):
    return {key: tf.constant(value) for key, value in values.items()}


def seed(number):
    return tf.constant([3, number], "int64")


def random_crop(values, number, zoom):
    return crop(values, random_window(values, seed(number), zoom))


def test_flips_mirror_everything_half_of_the_time():
    original, flips = sample(), 0
    for number in range(60):
        flipped = {key: value.numpy() for key, value in random_flip(tensors(original), seed(number)).items()}
        mirrored = not np.array_equal(flipped["label"], original["label"])
        flips += mirrored
        step = -1 if mirrored else 1
        for key in ("image", "label", "pseudo_label"):
            np.testing.assert_array_equal(flipped[key], original[key][:, ::step])
        assert (flipped["points"][:, 0] >= 0).sum() == (original["points"][:, 0] >= 0).sum() > 0
        for row, column, name in flipped["points"]:
            assert (row == column == name == -1) or flipped["label"][row, column] == name
        np.testing.assert_array_equal(flipped["weak"], original["weak"])
    assert 18 < flips < 42


def test_crops_keep_the_size_the_ids_and_the_points():
    original = sample(48, 32)
    rows, columns = np.mgrid[:32, :48]
    original["label"] = ((rows // 16) * 3 + columns // 16).astype(np.uint8)
    original["points"][:2, 2] = [original["label"][r, c] for r, c, _ in original["points"][:2]]
    outside = 0
    for number in range(40):
        crop = {key: value.numpy() for key, value in random_crop(tensors(original), number, 2.0).items()}
        assert all(crop[key].shape == original[key].shape for key in original)
        assert set(np.unique(crop["label"])) <= set(np.unique(original["label"]))
        for row, column, name in crop["points"][:2]:
            outside += row == -1
            near = crop["label"][max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            assert row == -1 or name in near
    assert 0 < outside < 80


def test_no_zoom_is_the_identity_and_a_crop_is_magnified():
    original = sample(48, 32)
    same = random_crop(tensors(original), 0, 1.0)
    np.testing.assert_array_equal(same["label"], original["label"])
    rows, columns = np.mgrid[:32, :48]
    ramp = tensors({"image": np.dstack([columns * 5] * 3).astype(np.uint8)})
    steps = [np.ptp(random_crop(ramp, n, 3.0)["image"].numpy()) for n in range(20)]
    assert min(steps) < 150 and max(steps) <= 235


def test_jitter_changes_colours_within_its_strength():
    image = tf.fill([4, 6, 3], tf.constant(100, "uint8"))
    values = [int(colour_jitter(image, seed(number), 0.4)[0, 0, 0]) for number in range(50)]
    assert 80 <= min(values) < 90 and 110 < max(values) <= 120
    np.testing.assert_array_equal(colour_jitter(image, seed(1), 0.4), colour_jitter(image, seed(1), 0.4))


@pytest.mark.parametrize("kind", [tf.uint8])
def test_switching_one_kind_changes_no_other(kind):
    values = tensors(sample())
    for number in range(10):
        plain = augment(values, seed(number), flip=True, zoom=1.0, jitter=0.0)
        both = augment(values, seed(number), flip=True, zoom=1.0, jitter=0.8)
        np.testing.assert_array_equal(plain["label"], both["label"])
        assert both["image"].dtype == kind
