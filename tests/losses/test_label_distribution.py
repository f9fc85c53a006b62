"""Distributions of classes in an image, against their equations written slowly."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.classes import IGNORE
from keras_uda.losses.label_distribution import balanced_cross_entropy
from keras_uda.losses.label_distribution import image_class_weights
from keras_uda.losses.label_distribution import label_distribution
from keras_uda.losses.label_distribution import label_distribution_loss

CLASSES = 3


def softmax(logits):
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(2, 3, 4, CLASSES)).astype("float32")


def test_distribution_matches_its_equation(logits):
    expected = np.zeros((2, CLASSES))
    for image, row, column in np.ndindex(2, 3, 4):
        p = softmax(logits[image, row, column])
        expected[image] += (p / p.max()) ** 5
    expected /= expected.sum(-1, keepdims=True)
    np.testing.assert_allclose(label_distribution(logits), expected, rtol=1e-5)
    wanted = np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 0.0]], "float32")
    loss = -(wanted * np.log(expected)).sum(-1).mean()
    assert float(label_distribution_loss(wanted, logits)) == pytest.approx(loss, rel=1e-5)


def test_sharp_predictions_count_pixels(logits):
    counts = [np.bincount(image.argmax(-1).ravel(), minlength=CLASSES) for image in logits]
    np.testing.assert_allclose(label_distribution(logits, 1e4), np.array(counts) / 12, atol=1e-5)


def test_a_class_that_is_not_predicted_stays_finite():
    logits = tf.constant(np.tile([1e4, -1e4, 0], (1, 2, 2, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = label_distribution_loss(np.array([[0.0, 1.0, 0.0]], "float32"), logits)
    assert np.isfinite(float(loss)) and np.isfinite(tape.gradient(loss, logits)).all()


def test_balanced_cross_entropy_matches_its_equation(logits):
    labels = np.random.default_rng(1).integers(0, CLASSES - 1, (2, 3, 4)).astype("uint8")
    labels[0, 0] = IGNORE
    total = 0.0
    for image in range(2):
        counts = np.array([(labels[image] == c).sum() for c in range(CLASSES)])
        weights = counts.sum() / (counts > 0).sum() / (counts + 0.1)
        np.testing.assert_allclose(image_class_weights(labels, CLASSES)[image], weights, rtol=1e-5)
        for row, column in np.ndindex(3, 4):
            name = labels[image, row, column]
            if name != IGNORE:
                total -= weights[name] * np.log(softmax(logits[image, row, column])[name])
    assert float(balanced_cross_entropy(labels, logits)) == pytest.approx(total / labels.size, rel=1e-5)
    nothing = balanced_cross_entropy(np.full_like(labels, IGNORE), keras.ops.convert_to_tensor(logits))
    assert float(nothing) == 0
