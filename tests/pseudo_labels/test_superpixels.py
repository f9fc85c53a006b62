"""Superpixels by hand: their numbers, what is pooled in them, their neighbours, their labels."""

import numpy as np

from keras_uda.core.classes import IGNORE
from keras_uda.pseudo_labels.superpixels import dominant_labels
from keras_uda.pseudo_labels.superpixels import pooled
from keras_uda.pseudo_labels.superpixels import superpixels
from keras_uda.pseudo_labels.superpixels import with_neighbours


def blocks(rows: int, columns: int, side: int) -> np.ndarray:
    """int (rows * side, columns * side): square superpixels numbered row by row."""
    return np.kron(np.arange(rows * columns).reshape(rows, columns), np.ones((side, side), int))


def test_superpixels_are_numbered_and_follow_edges():
    image = np.zeros((48, 64, 3), "uint8")
    image[:, 32:] = 255
    segments = superpixels(image, 20)
    assert segments.shape == (48, 64) and set(np.unique(segments)) == set(range(segments.max() + 1))
    assert not set(np.unique(segments[:, :30])) & set(np.unique(segments[:, 34:]))


def test_large_images_have_as_many():
    image = np.random.default_rng(0).integers(0, 256, (40, 700, 3)).astype("uint8")
    segments = superpixels(image, 30)
    assert segments.shape == (40, 700) and set(np.unique(segments)) == set(range(segments.max() + 1))


def test_pooled_matches_its_equation():
    rng = np.random.default_rng(0)
    features, segments = rng.normal(size=(3, 4, 5)).astype("float32"), rng.integers(0, 6, (12, 8))
    segments.ravel()[:6] = range(6)
    found = pooled(features, segments)
    for number in range(6):
        cells = [features[y // 4, x // 2] for y, x in np.argwhere(segments == number)]
        np.testing.assert_allclose(found[number], np.mean(cells, 0), rtol=1e-4, atol=1e-6)


def test_neighbours_of_square_superpixels():
    segments = blocks(5, 3, 4)
    found = with_neighbours(np.arange(15, dtype="float32")[:, None], segments)
    middle, corner = 7, 0
    np.testing.assert_array_equal(found[middle], [7, 6, 8, 4, 1, 10, 13])
    np.testing.assert_array_equal(found[corner], [0, 0, 1, 0, 0, 3, 6])


def test_dominant_labels():
    label = np.array([[0, 0, 1, IGNORE], [0, 2, IGNORE, IGNORE]], "uint8")
    segments = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
    np.testing.assert_array_equal(dominant_labels(label, segments, 3), [0, -1])
