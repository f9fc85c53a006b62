"""Feature distance: values of the released code, the equations in slow numpy, and numbers of any size."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.feature_distance import cell_distance
from keras_uda.losses.feature_distance import cell_labels
from keras_uda.losses.feature_distance import feature_distance
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def with_255(cells):
    return np.where(np.asarray(cells) < 0, 255, cells)


def test_the_published_values():
    arrays, meta = load_vectors("daformer_feature_distance")
    hyper, size = meta["hyper"], arrays["in_features"].shape[1:3]
    for empty in ("", "_empty"):
        labels = arrays[f"in_labels{empty}"]
        assert labels.shape[1] == size[0] * hyper["window"] and labels.shape[2] == size[1] * hyper["window"]
        cells = cell_labels(labels, size, hyper["num_classes"], hyper["min_ratio"])
        assert_matches(with_255(cells), arrays, meta, f"out_cell_labels{empty}")
    assert_matches(cell_distance(arrays["in_features"], arrays["in_imagenet_features"]), arrays, meta, "out_distance")


def slow_cells(labels, size, classes, ratio):
    """Each pixel is cut into as many pieces as there are cells in a row and in a column."""
    fine = np.repeat(np.repeat(labels, size[0], 1), size[1], 2)
    height, width = labels.shape[1:]
    found = np.full((len(labels), *size), -1)
    for n, i, j in np.ndindex(found.shape):
        cell = fine[n, i * height : (i + 1) * height, j * width : (j + 1) * width]
        shares = [np.mean(cell == one) for one in range(classes)] + [np.mean((cell == 255) | (cell < 0))]
        best = int(np.argmax(shares))
        found[n, i, j] = best if best < classes and shares[best] >= ratio - 1e-9 else -1
    return found


@pytest.mark.parametrize("size", [(4, 6), (3, 5), (12, 18), (13, 7), (1, 1), (24, 36)])
@pytest.mark.parametrize("ratio", [0.3, 0.5, 0.75])
def test_cells_match_their_equation_at_any_size(size, ratio):
    rng = np.random.default_rng(0)
    blocks = rng.choice([0, 1, 2, 255], (2, 4, 6), p=[0.4, 0.2, 0.2, 0.2])
    labels = np.repeat(np.repeat(blocks, 3, 1), 3, 2)
    labels[rng.uniform(size=labels.shape) < 0.2] = 1
    found = np.asarray(cell_labels(labels, size, 3, ratio))
    np.testing.assert_array_equal(found, slow_cells(labels, size, 3, ratio))
    assert found.dtype == "int32"


def test_a_share_of_exactly_the_ratio_counts_for_every_window():
    for window in range(2, 12):
        pixels = window * window
        for count in range(pixels // 2 + 1, pixels + 1):
            labels = np.zeros((1, window, window), "uint8")
            labels.reshape(-1)[:count] = 1
            assert cell_labels(labels, (1, 1), 2, count / pixels)[0, 0, 0] == 1
            assert cell_labels(labels, (1, 1), 2, (count + 0.5) / pixels)[0, 0, 0] == -1


def gradient(features, reference, mask):
    features = tf.Variable(features)
    with tf.GradientTape() as tape:
        loss = feature_distance(features, reference, mask)
    return float(loss), np.asarray(tf.cast(tape.gradient(loss, features), "float32"))


def test_loss_and_gradient_match_the_equation():
    rng = np.random.default_rng(1)
    features, reference = rng.normal(size=(2, 2, 3, 4, 5)).astype("float32")
    features[0, 0, 0] = reference[0, 0, 0]
    mask = rng.uniform(size=(2, 3, 4)) < 0.5
    mask[0, 0, :2] = True
    expected, slopes = 0.0, np.zeros_like(features)
    for place in np.argwhere(mask):
        apart = features[tuple(place)] - reference[tuple(place)]
        distance = np.sqrt(np.sum(apart**2))
        expected += distance / mask.sum()
        slopes[tuple(place)] = apart / distance / mask.sum() if distance else 0.0
    loss, found = gradient(features, reference, mask)
    assert loss == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(found, slopes, rtol=1e-4, atol=1e-7)


def test_an_empty_mask_is_0_without_gradient():
    features = np.random.default_rng(2).normal(size=(1, 2, 2, 3)).astype("float32")
    loss, found = gradient(features, features + 1, np.zeros((1, 2, 2), bool))
    assert loss == 0 and not found.any()


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "float16"])
def test_large_features_are_finite_in_every_type(kind):
    features = np.where(np.random.default_rng(3).uniform(size=(2, 3, 4, 512)) < 0.5, -1e4, 1e4)
    features, reference = tf.cast(features, kind), tf.cast(-features, kind)
    loss, found = gradient(features, reference, np.ones((2, 3, 4), bool))
    assert loss == pytest.approx(2e4 * np.sqrt(512), rel=1e-2)
    assert np.isfinite(found).all() and found.any()
