"""Classifiers on features whose classes can be told apart."""

import numpy as np
import pytest

from keras_uda.pseudo_labels.landmarks import distribution_regression
from keras_uda.pseudo_labels.landmarks import expected_distribution
from keras_uda.pseudo_labels.landmarks import linear_svm


@pytest.mark.parametrize("classes", [[0], [1, 4], [0, 2, 5]])
def test_linear_svm_tells_classes_apart(classes):
    rng = np.random.default_rng(0)
    labels = rng.choice(classes, 300)
    descriptors = (5 * np.eye(6)[labels] + rng.normal(size=(300, 6))).astype("float32")
    fitted = linear_svm(descriptors, labels)
    scores = descriptors @ fitted["svm_weights"] + fitted["svm_bias"]
    assert (fitted["svm_classes"][scores.argmax(-1)] == labels).mean() > 0.95
    again = linear_svm(descriptors, labels)
    assert all(np.array_equal(fitted[key], again[key]) for key in fitted)


def test_distribution_regression_finds_shares():
    """Two kinds of images, each with its own distribution."""
    kinds = np.random.default_rng(0).integers(0, 2, 200)
    shares = np.array([[0.7, 0.2, 0.0, 0.1], [0.1, 0.1, 0.0, 0.8]])
    features = np.eye(2, dtype="float32")[kinds]
    fitted = distribution_regression(features, shares[kinds])
    for kind in range(2):
        found = expected_distribution(np.eye(2, dtype="float32")[kind], fitted, 4)
        np.testing.assert_allclose(found, shares[kind], atol=0.05)
        assert found.sum() == pytest.approx(1, abs=1e-5) and found[2] == 0


def test_one_class_is_certain():
    fitted = distribution_regression(np.zeros((3, 2), "float32"), np.array([[0.0, 1.0]] * 3))
    np.testing.assert_allclose(expected_distribution(np.ones(2, "float32"), fitted, 2), [0, 1])
