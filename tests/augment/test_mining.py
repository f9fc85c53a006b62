"""Crops that look for rare classes, and soft labels under flips and crops."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.sample import Mining
from keras_uda.augment.sample import augment
from keras_uda.augment.sample import random_crop
from keras_uda.augment.sample import random_flip
from keras_uda.augment.sample import towards_rare

SIZE = (24, 32)
RARE, COMMON = 7, 1


def labelled(place) -> np.ndarray:
    label = np.full(SIZE, COMMON, "uint8")
    label[place] = RARE
    return label


def seeds(count: int):
    return [tf.constant([5, number], "int64") for number in range(count)]


@pytest.mark.parametrize("place", [(3, 4), (23, 31), (12, 20)])
def test_the_window_is_centred_on_the_rare_pixel_and_stays_inside(place):
    window = (12, 16)
    top, left = towards_rare(labelled(place), Mining((RARE,), 1.0), seeds(1)[0], window, (0, 0))
    expected = np.clip(np.array(place) - np.array(window) // 2, 0, np.array(SIZE) - window)
    assert (int(top), int(left)) == tuple(expected)


def test_the_chance_is_kept_and_absent_classes_change_nothing():
    window, corner = (12, 16), (2, 3)
    moved = [towards_rare(labelled((20, 28)), Mining((RARE, 9), 0.8), seed, window, corner) for seed in seeds(200)]
    share = np.mean([(int(top), int(left)) != corner for top, left in moved])
    assert 0.7 < share < 0.9
    for seed in seeds(20):
        top, left = towards_rare(labelled((20, 28)), Mining((9, 12), 1.0), seed, window, corner)
        assert (int(top), int(left)) == corner


def test_every_rare_class_and_pixel_gets_its_turn():
    label = np.full(SIZE, COMMON, "uint8")
    label[:2], label[-2:] = 7, 9
    tops = [int(towards_rare(label, Mining((7, 9), 1.0), seed, (8, 8), (0, 0))[0]) for seed in seeds(60)]
    assert 20 < sum(top == 0 for top in tops) < 40 and set(tops) == {0, 16}
    lefts = {int(towards_rare(label, Mining((7, 9), 1.0), seed, (8, 8), (0, 0))[1]) for seed in seeds(60)}
    assert len(lefts) > 10


def test_mined_crops_show_rare_classes_more_often():
    rng = np.random.default_rng(0)
    sample = {"image": rng.integers(0, 256, (*SIZE, 3)).astype("uint8"), "pseudo_label": labelled((22, 30))}

    def share(mine):
        crops = [augment(sample, seed, flip=True, zoom=4.0, jitter=0.0, mine=mine) for seed in seeds(60)]
        return np.mean([RARE in np.asarray(crop["pseudo_label"]) for crop in crops])

    assert share(Mining((RARE,), 0.8)) > 0.7 > share(None) + 0.2


def test_soft_labels_follow_flips_and_crops():
    """A soft map that is the label map at a quarter of its size, in one-hot form, stays that where it is smooth."""
    label = np.repeat(np.repeat(np.arange(48).reshape(6, 8) % 3, 4, 0), 4, 1).astype("uint8")
    soft = (np.eye(3)[label[::4, ::4]] * 65535).astype("uint16")
    sample = {"image": np.zeros((*SIZE, 3), "uint8"), "pseudo_label": label, "soft_label": soft}
    for seed in seeds(6):
        flipped = random_flip(sample, seed)
        np.testing.assert_array_equal(np.argmax(flipped["soft_label"], -1), flipped["pseudo_label"][::4, ::4])
        same = random_crop(sample, seed, 1.0)
        np.testing.assert_array_equal(same["soft_label"], soft)


def test_cropped_planes_sample_the_window():
    """A plane that rises linearly stays linear: every value is that of the image position under it."""
    rows, columns = np.meshgrid(np.arange(12) + 0.5, np.arange(16) + 0.5, indexing="ij")
    planes = np.stack([rows * 1000, columns * 1000], -1).astype("uint16")
    image = np.stack([*np.meshgrid(np.arange(24) + 0.5, np.arange(32) + 0.5, indexing="ij"), np.zeros(SIZE)], -1)
    sample = {"image": (image * 7).astype("uint8"), "soft_label": planes}
    for seed in seeds(5):
        cropped = random_crop(sample, seed, 2.0)
        # Centre of the window in both, from means of linear maps.
        wanted = np.asarray(cropped["image"], "float64")[..., :2].mean((0, 1)) / 7 / 2 * 1000
        np.testing.assert_allclose(np.asarray(cropped["soft_label"], "float64").mean((0, 1)), wanted, rtol=0.05)


def test_mined_crops_inside_a_pipeline_are_the_same_as_outside():
    sample = {"image": tf.zeros((*SIZE, 3), "uint8"), "pseudo_label": tf.constant(labelled((22, 30)))}

    def mined(seed):
        return augment(sample, seed, flip=True, zoom=4.0, jitter=0.0, mine=Mining((RARE,), 0.8))["pseudo_label"]

    piped = tf.data.Dataset.from_tensor_slices(tf.stack(seeds(5))).map(mined)
    for seed, label in zip(seeds(5), piped, strict=True):
        np.testing.assert_array_equal(label, mined(seed))
