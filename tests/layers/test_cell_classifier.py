"""The classifier of single cells."""

import keras
import numpy as np

from keras_uda.layers.cell_classifier import CellClassifier


def test_scores_match_their_equation_cell_by_cell():
    features = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    classifier = CellClassifier(5, width=6, dropout=0.5)
    first, second = (layer.get_weights() for layer in classifier.hidden)
    kernel, bias = classifier.score.get_weights()
    hidden = np.maximum(features @ first[0] + first[1], 0)
    hidden = np.maximum(hidden @ second[0] + second[1], 0)
    np.testing.assert_allclose(classifier(features), hidden @ kernel + bias, rtol=1e-4, atol=1e-5)


def test_a_cell_knows_nothing_of_its_neighbours_and_dropout_is_for_training():
    keras.utils.set_random_seed(0)  # with some weights no hidden unit is on in that cell
    features = np.random.default_rng(0).normal(size=(1, 3, 4, 5)).astype("float32")
    classifier = CellClassifier(5, width=6, dropout=0.5)
    before = np.array(classifier(features))
    changed = features.copy()
    changed[0, 1, 2] += 1
    differs = np.array(classifier(changed)) != before
    assert differs[0, 1, 2, 0] and differs.sum() == 1
    assert not np.array_equal(classifier(features, training=True), before)


def test_scores_are_float32_under_mixed_precision():
    classifier = CellClassifier(5, width=6, policy="mixed_bfloat16")
    assert classifier(np.ones((1, 2, 2, 5), "float32")).dtype == "float32"
    assert classifier.hidden[0].compute_dtype == "bfloat16"
