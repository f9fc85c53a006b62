"""Distances to prototypes, rectified labels and means of classes: the released values, and the equations."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses import prototypes as losses
from tests.conftest import assert_matches
from tests.conftest import load_vectors

IGNORED_THERE = 250


@pytest.fixture(scope="module")
def case():
    return load_vectors("proda_prototypes")


def test_released_distances_and_their_gradient(case):
    arrays, meta = case
    features = tf.Variable(arrays["in_feat"])
    with tf.GradientTape() as tape:
        distances = losses.prototype_distances(features, arrays["in_prototypes"])
        total = tf.reduce_sum(distances)
    assert_matches(distances, arrays, meta, "out_distance")
    assert_matches(tape.gradient(total, features), arrays, meta, "grad_distance_feat")


def test_distances_match_their_equation():
    rng = np.random.default_rng(0)
    features, prototypes = rng.normal(size=(1, 2, 3, 4)), rng.normal(size=(5, 4))
    prototypes[2] = features[0, 1, 1]
    expected = np.empty((1, 2, 3, 5))
    for h, w, c in np.ndindex(2, 3, 5):
        expected[0, h, w, c] = np.sqrt(np.sum((features[0, h, w] - prototypes[c]) ** 2))
    variable = tf.Variable(features.astype("float32"))
    with tf.GradientTape() as tape:
        distances = losses.prototype_distances(variable, prototypes.astype("float32"))
    np.testing.assert_allclose(distances, expected, atol=1e-5)
    assert np.isfinite(tape.gradient(distances, variable)).all()


@pytest.mark.parametrize("sharpness", [1, 0.5])
def test_released_weights_and_labels(case, sharpness):
    arrays, meta = case
    weights = losses.prototype_weights(arrays["out_distance"], sharpness)
    assert_matches(weights, arrays, meta, f"out_weight_tau{sharpness}")
    rectified = np.asarray(weights) * arrays["in_soft_labels"]
    assert_matches(rectified / rectified.sum(-1, keepdims=True), arrays, meta, f"out_rectified_tau{sharpness}")
    for suffix, threshold in (("", 0.0), ("_thr0.5", 0.5), ("_thr0.8", 0.8)):
        labels = np.array(losses.rectified_labels(weights, arrays["in_soft_labels"], threshold))
        labels[labels == 255] = IGNORED_THERE
        assert_matches(labels, arrays, meta, f"out_pseudo_tau{sharpness}{suffix}")


@pytest.mark.parametrize("name,options", [
    ("pred", {}), ("pred_and_label", {"labels": True}), ("pred_conf0p5", {"confidence": 0.5}),
])  # fmt: skip
def test_released_means(case, name, options):
    arrays, meta = case
    options = {**options, "labels": arrays["in_labels"]} if "labels" in options else options
    means, present = losses.class_means(arrays["in_feat"], arrays["in_logits"], **options)
    vectors = np.zeros_like(arrays[f"out_mean_{name}_vectors"])
    ids = np.full_like(arrays[f"out_mean_{name}_ids"], -1)
    for row, (image, index) in enumerate(np.argwhere(present)):  # image after image, class after class
        vectors[row], ids[row] = means[image, index], index
    assert_matches(ids, arrays, meta, f"out_mean_{name}_ids")
    assert_matches(vectors, arrays, meta, f"out_mean_{name}_vectors")
