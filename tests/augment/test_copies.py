"""Copies of the semi-supervised method: labels and probabilities stay with their pixels."""

import numpy as np
import tensorflow as tf

from keras_uda.augment import copies
from keras_uda.augment.copies import Copies
from keras_uda.augment.copies import Strength

HEIGHT, WIDTH, CLASSES = 24, 32, 5
ONLY_PLACES = Strength(jitter=0.0, blur=0.0, scale=1.0, colour=0.0, sigma=(0.1, 1.5))


def some_copies(size: int = 3) -> Copies:
    """The label of a pixel can be read from its colour."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    label = np.stack([(rows // 12 + columns // 16 + n) % CLASSES for n in range(size)]).astype("int32")
    image = np.repeat(50.0 * label[..., None], 3, axis=-1).astype("float32")
    return Copies(tf.constant(image), tf.constant(label), tf.constant(label / 10, "float32"))


def test_labels_stay_with_their_pixels():
    scales = set()
    for seed in range(12):
        changed = copies.augment_copies(some_copies(), ONLY_PLACES, 0.7, CLASSES, tf.constant([seed, 0]))
        image, label = np.array(changed.image), np.array(changed.label)
        known = label != 255
        scales.add(round(float(known.mean()), 2))
        away = np.abs(image[..., 0] - 50 * label)[known]
        assert np.mean(away > 1) < 0.25  # between two classes the colours mix
        assert (image[~known] == 0).all() and (np.array(changed.probability)[~known] == 0).all()
    assert min(scales) < 1 and max(scales) == 1  # some are smaller than the frame, some larger


def test_half_of_the_classes_and_one_more_come_from_the_next_image():
    before = some_copies()
    for seed in range(6):
        pasted = copies.paste_neighbour(before, CLASSES, tf.constant([seed, 1]))
        for n in range(3):
            own, other = np.array(before.label[n]), np.array(before.label[(n + 1) % 3])
            label = np.array(pasted.label[n])
            there = np.unique(other)
            taken = [c for c in there if (label[other == c] == c).all() and not (own[other == c] == c).all()]
            assert len(taken) <= len(there) // 2 + 1
            rest = ~np.isin(other, taken)
            assert np.array_equal(label[rest], np.where(label[rest] == own[rest], own[rest], other[rest]))
            np.testing.assert_allclose(np.array(pasted.image[n])[..., 0], 50.0 * label)


def test_no_label_is_never_pasted():
    before = some_copies()
    label = np.array(before.label)
    label[1, :12] = 255
    before = before._replace(label=tf.constant(label))
    for seed in range(6):
        pasted = copies.paste_neighbour(before, CLASSES, tf.constant([seed, 2]))
        assert not (np.array(pasted.label)[0] == 255).any()
