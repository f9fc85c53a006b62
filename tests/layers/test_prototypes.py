"""Prototypes of classes, as the released code moves them."""

import numpy as np
import pytest

from keras_uda.layers.prototypes import Prototypes
from keras_uda.losses import prototypes as losses
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after


@pytest.fixture(scope="module")
def case():
    return load_vectors("proda_prototypes")


def prototypes_of(arrays, momentum: float) -> Prototypes:
    layer = Prototypes(*arrays["in_prototypes"].shape, momentum)
    layer.vectors.assign(arrays["in_prototypes"])
    layer.counts.assign(arrays["in_prototype_counts"])
    return layer


def test_released_moving_average(case):
    arrays, meta = case
    layer = prototypes_of(arrays, numbers_after(meta, "m=")[0])
    layer.move(*losses.class_means(arrays["in_feat"], arrays["in_logits"]), finite=True)
    assert_matches(layer.vectors, arrays, meta, "after_moving_average_prototypes")
    assert_matches(layer.counts, arrays, meta, "after_moving_average_counts")


def test_released_running_mean(case):
    arrays, meta = case
    layer = prototypes_of(arrays, 0.0)
    means, present = losses.class_means(arrays["in_feat"], arrays["in_logits"])
    for image in range(len(means)):
        layer.add(means[image], present[image])
    assert_matches(layer.vectors, arrays, meta, "after_mean_prototypes")
    assert_matches(layer.counts, arrays, meta, "after_mean_counts")


def test_one_image_after_the_other_moves_prototypes_as_the_batch_does():
    rng = np.random.default_rng(1)
    prototypes, means = rng.normal(size=(3, 2)), rng.normal(size=(5, 3, 2))
    present = rng.uniform(size=(5, 3)) < 0.6
    expected = prototypes.copy()
    for image, index in np.argwhere(present):
        expected[index] = (1 - 0.3) * expected[index] + 0.3 * means[image, index]
    moved = losses.moving_average(prototypes.astype("float32"), means.astype("float32"), present, 0.3)
    np.testing.assert_allclose(moved, expected, rtol=1e-5)


def test_a_class_that_is_nowhere_leaves_everything_finite():
    logits = np.zeros((1, 4, 4, 3), "float32")
    logits[..., 0] = 1
    means, present = losses.class_means(np.ones((1, 4, 4, 2), "float32"), logits)
    assert np.asarray(present).tolist() == [[True, False, False]] and np.isfinite(means).all()
    labels = losses.rectified_labels(np.zeros((1, 1, 3), "float32"), np.zeros((1, 1, 3), "float32"))
    assert np.asarray(labels).tolist() == [[0]]
