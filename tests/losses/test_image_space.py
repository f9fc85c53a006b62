"""Losses on patches and images, written slowly."""

import numpy as np
import pytest

from keras_uda.losses.image_space import labels_of_patches
from keras_uda.losses.image_space import patch_cross_entropy
from keras_uda.losses.image_space import reconstruction_error
from keras_uda.losses.image_space import restyle

rng = np.random.default_rng(0)


def test_patch_cross_entropy_matches_its_equation():
    scores = rng.normal(size=(2, 3, 2, 4)).astype("float32")
    for kind in range(4):
        losses = np.asarray(patch_cross_entropy(scores, kind))
        for n, h, w in np.ndindex(2, 3, 2):
            p = np.exp(scores[n, h, w]) / np.exp(scores[n, h, w]).sum()
            assert losses[n, h, w] == pytest.approx(-np.log(p[kind]), rel=1e-5)


def test_reconstruction_error_matches_its_equation():
    images, decoded = rng.random((2, 3, 4, 3)), rng.random((2, 3, 4, 3))
    assert float(reconstruction_error(images, decoded)) == pytest.approx(np.abs(images - decoded).mean(), rel=1e-5)


def test_labels_of_patches_are_those_in_the_middle():
    labels = np.arange(8 * 12, dtype="int32").reshape(1, 8, 12)
    found = np.asarray(labels_of_patches(labels, np.zeros((1, 2, 3, 4))))
    np.testing.assert_array_equal(found, labels[:, 2::4, 2::4])
    np.testing.assert_array_equal(labels_of_patches(labels, labels[..., None]), labels)


def test_styled_has_the_wanted_statistics():
    features, like = rng.normal(2, 3, (1, 8, 8, 2)), rng.normal(-1, 0.5, (3, 6, 5, 2))
    result = np.asarray(restyle(features, like))
    np.testing.assert_allclose(result.mean((0, 1, 2)), like.mean((0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(result.std((0, 1, 2)), like.std((0, 1, 2)), rtol=1e-3)
