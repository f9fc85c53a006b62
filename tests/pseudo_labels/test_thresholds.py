"""Thresholds: the published ones exactly, histograms next to sorted lists, memory that does not grow."""

import numpy as np
import pytest

from keras_uda.pseudo_labels.selection import rare_classes
from keras_uda.pseudo_labels.selection import select
from keras_uda.pseudo_labels.thresholds import BINS
from keras_uda.pseudo_labels.thresholds import Confidences
from keras_uda.pseudo_labels.thresholds import bin_of
from keras_uda.pseudo_labels.thresholds import per_class_subsample
from keras_uda.pseudo_labels.thresholds import smallest_of_bin
from tests.conftest import assert_matches
from tests.conftest import load_vectors

CASES = {
    "cb_p0p2": (0.2, True, False),
    "cb_p0p5": (0.5, True, False),
    "cb_p0p01": (0.01, True, False),
    "global_p0p2": (0.2, False, False),
    "cb_prior_p0p2": (0.2, True, True),
}


def collected(probabilities, **options) -> Confidences:
    seen = Confidences(probabilities.shape[-1], **options)
    for image in probabilities:
        seen.add(image.argmax(-1).astype("uint8"), image.max(-1))
    return seen


@pytest.mark.parametrize("case", CASES)
def test_published_thresholds_and_labels(case):
    arrays, meta = load_vectors("cbst")
    portion, balanced, prior = CASES[case]
    probabilities = arrays["in_prob"] * arrays["in_prior"] if prior else arrays["in_prob"]
    seen = collected(probabilities)
    thresholds = seen.thresholds(portion, balanced=balanced, extra_zero=True)
    # "thresholds equal to 0 become 1" before they are used; the file has them before.
    assert_matches(np.where(thresholds == 1, 0, thresholds), arrays, meta, f"out_{case}_thresholds")
    assert_matches([select(image, thresholds) for image in probabilities], arrays, meta, f"out_{case}_pseudo")
    stored = arrays[f"out_{case}_class_sizes"]
    counted = seen.sizes + (seen.sizes > 0) if balanced else np.full(6, seen.sizes.sum() + 7)
    np.testing.assert_array_equal(counted, stored)
    if case == "cb_p0p2":
        assert_matches(rare_classes(seen.sizes, share=0), arrays, meta, "out_cb_p0p2_mine_ids")
        largest = (probabilities / thresholds).max(-1)
        assert_matches(largest, arrays, meta, "out_cb_p0p2_reweighted_max")


@pytest.mark.parametrize(("portion", "expected"), [(0.5, 0.95), (0.2, 0.99), (0.1, 1.0)])
def test_a_list_by_hand(portion, expected):
    seen = Confidences(2, every=1)
    seen.add(np.zeros((2, 3), "uint8"), np.array([[0.90, 0.97, 0.99], [0.95, 0.84, 0.87]]))
    np.testing.assert_allclose(seen.thresholds(portion), [expected, 1.0], rtol=1e-6)


@pytest.mark.parametrize("every", [1, 4])
def test_subsample_takes_every_nth_pixel_of_each_class(every):
    label_map = np.random.default_rng(0).integers(0, 5, (7, 9)).astype("uint8")
    expected = np.concatenate([np.flatnonzero(label_map.ravel() == c)[::every] for c in range(5)])
    np.testing.assert_array_equal(np.sort(per_class_subsample(label_map, every)), np.sort(expected))


@pytest.mark.parametrize("certainty", [1, 4, 12])
def test_histograms_are_next_to_sorted_lists(certainty):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(5, 1 / certainty), (40, 16, 16)).astype("float32")
    exact, rough = collected(probabilities, every=1), collected(probabilities, every=1, exact=3000)
    assert rough._histogram is not None and exact._histogram is None
    np.testing.assert_array_equal(exact.pixels, rough.pixels)
    for balanced in (True, False):
        right, near = (seen.thresholds(0.3, balanced=balanced) for seen in (exact, rough))
        assert (near <= right).all()
        np.testing.assert_allclose(1 - near, 1 - right, rtol=1e-3, atol=1e-7)


def test_every_confidence_is_in_its_bin():
    values = np.float32(1) - np.float32(10) ** -np.random.default_rng(0).uniform(0, 9, 5000).astype("float32")
    values = np.append(values, np.array([0, 2**-30, 0.5, 1 - 2**-24, 1], "float32"))
    bins = bin_of(values)
    assert bins.min() == 0 and bins.max() == BINS - 1
    lowest = np.array([smallest_of_bin(number) for number in bins])
    assert (lowest <= values).all()
    assert ((values - lowest) <= (1 - lowest) / 2000).all()
    assert (np.diff(bins[np.argsort(values)]) <= 0).all()


def test_certain_pixels_are_told_apart():
    """Confidences that all round to 1.0000 in print: the threshold still lets the wanted portion through."""
    confidence = (1 - np.arange(1, 1001) * 2.0**-24).astype("float32")
    seen = Confidences(1, every=1, exact=0)
    seen.add(np.zeros((1, 1000), "uint8"), confidence[None])
    assert (confidence >= seen.thresholds(0.2)[0]).sum() == 200


@pytest.mark.parametrize("balanced", [True, False])
def test_the_extra_zero_at_portion_1_is_a_threshold_of_1(balanced):
    seen = Confidences(2, every=1)
    seen.add(np.array([[0, 0, 1]], "uint8"), np.array([[0.9, 0.7, 0.8]]))
    assert (seen.thresholds(1.0, balanced=balanced, extra_zero=True) == 1).all()
    everything = seen.thresholds(1.0, balanced=balanced)
    np.testing.assert_allclose(everything, [0.7, 0.8] if balanced else [0.7, 0.7], rtol=1e-6)


def test_a_class_that_is_nowhere_has_threshold_1():
    seen = Confidences(3)
    assert (seen.thresholds(0.2) == 1).all() and (seen.thresholds(0.2, balanced=False) == 1).all()


def test_memory_does_not_grow_with_images():
    rng = np.random.default_rng(0)
    seen = Confidences(19, every=1, exact=1000)
    for _ in range(200):
        seen.add(rng.integers(0, 19, (24, 32)).astype("uint8"), rng.random((24, 32), "float32"))
        assert sum(len(values) for values in seen._values) <= 1000
    assert seen.sizes.sum() == 200 * 24 * 32 == seen._histogram.sum()
