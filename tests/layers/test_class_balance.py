"""Weights of rare classes."""

import numpy as np
import pytest

from keras_uda.layers.class_balance import ClassBalance
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after


@pytest.fixture(scope="module")
def losses_case():
    arrays, meta = load_vectors("semiseg_losses")
    arrays["in_labels"] = np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])
    return arrays, meta


def test_released_class_balance(losses_case):
    arrays, meta = losses_case
    labels = arrays["in_freq_labels"]
    full = int(numbers_after(meta, "1 until ")[0])
    balance = ClassBalance(arrays["in_logits"].shape[-1], full - 1, full)
    weights = []
    for step in range(len(labels)):
        balance.update(labels[step], labels[(step + 1) % len(labels)])
        weights.append(np.asarray(balance.current_weights()))
    assert_matches(np.array(weights), arrays, meta, "out_class_balance_weights")
    only = balance.weights_of(np.array(balance.labelled).sum(0))
    assert_matches(only, arrays, meta, "out_class_balance_weights_only_labeled")


def test_class_balance_without_most_classes_is_finite():
    balance = ClassBalance(5, 1, 1)
    balance.update(np.zeros((1, 2, 2), int), np.full((1, 2, 2), 255))
    np.testing.assert_array_equal(balance.current_weights(), np.ones(5))
