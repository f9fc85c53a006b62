"""CORAL and MK-MMD: values and gradients of a published library, what it adds to them, and slow numpy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.moments import bandwidths
from keras_uda.losses.moments import coral
from keras_uda.losses.moments import covariance
from keras_uda.losses.moments import covariance_distance
from keras_uda.losses.moments import mean_distance
from keras_uda.losses.moments import mk_mmd
from keras_uda.losses.moments import mk_mmd_linear
from keras_uda.losses.moments import pooled
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def library_coral(source, target):
    """What the library returns: no factor 1/4, and the means beside it."""
    return 4 * coral(source, target) + mean_distance(source, target)


def library_mmd(loss, exponents):
    """With the constant that the library adds."""
    return lambda source, target: loss(source, target, exponents) + 2 / (len(source) - 1)


def compare(loss, target: str, value: str, gradients: str) -> None:
    arrays, meta = load_vectors("coral_mmd")
    domains = [tf.constant(arrays["in_source"]), tf.constant(arrays[target])]
    with tf.GradientTape() as tape:
        tape.watch(domains)
        result = loss(*domains)
    assert_matches(result, arrays, meta, value)
    for name, gradient in zip(("source", "target"), tape.gradient(result, domains), strict=True):
        assert_matches(gradient, arrays, meta, f"{gradients}_{name}")


@pytest.mark.parametrize("count", ["", "_other_count"])
def test_coral_of_the_paper_and_of_the_library(count):
    compare(coral, f"in_target{count}", f"derived_coral_paper{count}", f"derived_grad_coral_paper{count}")
    compare(library_coral, f"in_target{count}", f"out_coral_tllib{count}", f"grad_coral_tllib{count}")


def test_the_covariances_of_the_example():
    pair = [tf.constant(rows) for rows in ([[1.0, 0.5], [0.5, 2.0]], [[2.0, 0.0], [0.0, 1.0]])]
    assert float(covariance_distance(*pair)) == 0.15625
    arrays, _ = load_vectors("coral_mmd")
    source, target = (arrays[f"in_covariance_{name}"].astype("float32") for name in ("source", "target"))
    expected = np.sum((source - target) ** 2) / (4 * len(source) ** 2)
    assert float(covariance_distance(source, target)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("form, loss", [("linear", mk_mmd_linear), ("quadratic", mk_mmd)])
def test_mmd_of_the_library(form, loss):
    arrays, meta = load_vectors("coral_mmd")
    exponents = arrays["in_kernel_exponents"].tolist()
    compare(library_mmd(loss, exponents), "in_target", f"out_mmd_{form}", f"grad_mmd_{form}")
    equal = library_mmd(loss, exponents)(arrays["in_source"], arrays["in_source"])
    assert_matches(equal, arrays, meta, f"out_mmd_{form}_equal_batches")
    assert_matches(bandwidths(arrays["in_source"], arrays["in_target"], exponents), arrays, meta, "out_sigma_square")


def slow_mmd(source, target, exponents):
    """Over all pairs, one after the other, for different numbers of vectors."""
    joined = np.concatenate([source, target])
    spread = np.mean([[np.sum((x - y) ** 2) for x in joined] for y in joined])

    def kernel(x, y):
        return sum(np.exp(-np.sum((x - y) ** 2) / (2 * 2.0**k * spread)) for k in exponents)

    def within(rows):
        pairs = [kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j]
        return np.mean(pairs)

    return within(source) + within(target) - 2 * np.mean([[kernel(x, y) for y in target] for x in source])


def test_mmd_in_slow_numpy():
    rng = np.random.default_rng(3)
    source, target = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)) + 100.5
    exponents = (-1, 2)
    np.testing.assert_allclose(mk_mmd(source, target, exponents), slow_mmd(source, target, exponents), rtol=1e-4)


def test_covariance_is_that_of_numpy():
    vectors = np.random.default_rng(1).normal(size=(9, 4)) + 3
    np.testing.assert_allclose(covariance(vectors), np.cov(vectors.T), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", [coral, mean_distance, mk_mmd, mk_mmd_linear])
def test_vectors_that_are_all_one_have_a_distance_and_a_gradient(loss):
    ones = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(ones)
        distance = loss(ones, ones)
    assert np.isfinite(float(distance)) and np.isfinite(tape.gradient(distance, ones)).all()


def test_distances_see_what_they_name():
    """A shift moves means and kernels alone; a scale covariances, too."""
    vectors = np.random.default_rng(2).normal(size=(50, 4)).astype("float32")
    vectors -= vectors.mean(axis=0)
    assert float(coral(vectors, vectors + 1)) < 1e-10
    assert float(mean_distance(vectors, vectors + 1)) == pytest.approx(1, abs=1e-5)
    assert float(mk_mmd(vectors, vectors + 1)) > 0.5
    assert float(coral(vectors, 2 * vectors)) > 0.1 and float(mean_distance(vectors, 2 * vectors)) < 1e-10


@pytest.mark.parametrize("size", [(4, 6), (3, 5), (1, 1), (7, 4)])
def test_pooling_weighs_pixels_by_how_much_of_them_lies_in_a_cell(size):
    features = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    fine = features.repeat(2, axis=1).repeat(2, axis=2)  # a grid of two cuts no pixel of this
    found = np.asarray(pooled(features, 2))
    assert found.shape == (2, 5, 3)
    np.testing.assert_allclose(found[:, 0], features.mean(axis=(1, 2)), atol=1e-6)
    cells = [fine[:, i * size[0] :, j * size[1] :][:, : size[0], : size[1]] for i in range(2) for j in range(2)]
    np.testing.assert_allclose(found[:, 1:], np.stack([cell.mean(axis=(1, 2)) for cell in cells], 1), atol=1e-6)
    assert pooled(features, 0).shape == (2, 1, 3)
