"""Symmetric cross-entropy and the regulariser of ProDA."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses import symmetric
from keras_uda.losses.segmentation import cross_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors


@pytest.fixture(scope="module")
def case():
    arrays, meta = load_vectors("proda_losses")
    arrays["in_labels"] = np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])
    return arrays, meta


def symmetric_loss(labels, logits):
    return 0.1 * cross_entropy(labels, logits) + symmetric.reverse_cross_entropy(labels, logits)


@pytest.mark.parametrize("name,loss", [
    ("ce", cross_entropy), ("rce", symmetric.reverse_cross_entropy), ("sce", symmetric_loss),
    ("mrkld", lambda labels, logits: symmetric.divergence_from_uniform(logits)),
])  # fmt: skip
def test_released_losses(case, name, loss):
    arrays, meta = case
    logits = tf.Variable(arrays["in_logits"])
    with tf.GradientTape() as tape:
        value = loss(arrays["in_labels"], logits)
    assert_matches(value, arrays, meta, f"out_{name}")
    assert_matches(tape.gradient(value, logits), arrays, meta, f"grad_{name}_logits")


def test_a_confident_mistake_costs_the_logarithm_of_the_floor():
    logits = np.array([[[[1e4, 0.0, 0.0]]]], "float32")
    assert float(symmetric.reverse_cross_entropy([[[2]]], logits)) == pytest.approx(9.2103404, rel=1e-5)
    assert float(symmetric.reverse_cross_entropy([[[255]]], logits)) == 0


def test_regulariser_of_two_predictions():
    for probabilities, expected in (((0.8, 0.1, 0.05, 0.05), 8.5172), ((0.25,) * 4, 5.5452)):
        logits = np.log(np.array(probabilities, "float32")).reshape(1, 1, 1, 4)
        assert 4 * float(symmetric.divergence_from_uniform(logits)) == pytest.approx(expected, rel=1e-4)
