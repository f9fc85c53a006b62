"""Which pixels get a label: by hand, and soft labels against their equations written slowly."""

import numpy as np
import pytest

from keras_uda.core.classes import IGNORE
from keras_uda.pseudo_labels.selection import rare_classes
from keras_uda.pseudo_labels.selection import select
from keras_uda.pseudo_labels.selection import select_soft
from keras_uda.pseudo_labels.selection import soften


@pytest.mark.parametrize(("thresholds", "expected"), [((0.97, 0.50), IGNORE), ((0.97, 0.40), 1), ((0.55, 0.50), 0)])
def test_the_largest_ratio_wins_if_it_reaches_1(thresholds, expected):
    probabilities = np.array([[[0.55, 0.45]]], "float32")
    assert select(probabilities, np.array(thresholds, "float32")) == expected


@pytest.mark.parametrize("alpha", [0.1, 0.25, 1.0])
def test_soft_labels_match_their_equations(alpha):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(4, 0.3), (5, 6)).astype("float32")
    thresholds = np.array([0.9, 0.6, 0.3, 0.8], "float32")
    soft, hard = soften(probabilities, thresholds, alpha), select_soft(probabilities, thresholds, alpha)
    for place in np.ndindex(5, 6):
        p = np.maximum(probabilities[place].astype("float64"), 1e-7)
        y = (p / thresholds) ** (1 / alpha)
        y = y / y.sum()
        np.testing.assert_allclose(soft[place], y, rtol=1e-3, atol=1e-6)
        y = np.maximum(y, 1e-300)
        kept = (-y * np.log(p) + alpha * y * np.log(y)).sum() < (-y * np.log(thresholds)).sum()
        assert hard[place] == (y.argmax() if kept else IGNORE)


def test_little_entropy_selects_as_hard_labels_do():
    probabilities = np.random.default_rng(1).dirichlet(np.full(4, 0.3), (8, 8)).astype("float32")
    thresholds = np.array([0.9, 0.6, 0.3, 0.8], "float32")
    hard = select(probabilities, thresholds)
    np.testing.assert_array_equal(select_soft(probabilities, thresholds, 1e-3), hard)


def test_rare_classes():
    np.testing.assert_array_equal(rare_classes(np.array([500, 3, 497, 0, 9999])), [3, 1])
    np.testing.assert_array_equal(rare_classes(np.array([500, 300, 497, 400, 999])), [1, 3, 2])
