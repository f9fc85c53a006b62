"""The mean of the losses of two halves of a batch is the loss of the batch, however unevenly labels lie in it."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses import contrastive
from keras_uda.losses import rare_classes
from keras_uda.losses import segmentation
from keras_uda.losses import self_training
from keras_uda.losses import symmetric
from keras_uda.losses import weak
from keras_uda.losses.distillation import assignment_divergence
from keras_uda.losses.feature_distance import feature_distance
from tests.two_replicas import on_two_replicas

CLASSES = 4
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(4, 6, 8, CLASSES)).astype("float32")
OTHER = RNG.normal(size=(4, 6, 8, CLASSES)).astype("float32")
LABELS = RNG.integers(0, CLASSES, (4, 6, 8))
LABELS[0], LABELS[1, :5], LABELS[2, 0] = 255, 255, 255  # no, few, nearly all and all pixels of the images
VALID = LABELS < 255
TAGS = np.array([[0, 0, 0, 0], [0, 1, -1, 0], [1, 1, 1, 0], [1, 0, 1, 1]], "float32")
WEIGHTS = np.array([0.5, 1.0, 2.0, 4.0], "float32")
MEMORY = RNG.normal(size=(CLASSES, 5, CLASSES)).astype("float32")
SLOTS = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0], [1, 1, 1, 0, 0]], "float32")


def contrast(logits, labels):
    vectors = tf.reshape(logits, (-1, CLASSES))
    members = contrastive.class_members(labels, CLASSES)
    classes = contrastive.contrast_classes(members, SLOTS)
    scores = tf.sigmoid(vectors[:, 0])
    return contrastive.memory_contrast(vectors, members * classes, scores, MEMORY, SLOTS * np.float32([[1]] * CLASSES))


LOSSES = {
    "cross_entropy": lambda: (segmentation.cross_entropy, LABELS, LOGITS),
    "weighted": lambda: (lambda labels, logits: segmentation.cross_entropy(labels, logits, WEIGHTS), LABELS, LOGITS),
    "uniform_divergence": lambda: (self_training.uniform_divergence, LABELS, LOGITS),
    "reverse": lambda: (symmetric.reverse_cross_entropy, LABELS, LOGITS),
    "masked_entropy": lambda: (contrastive.masked_entropy, LOGITS, VALID),
    "released_masked_entropy": lambda: (contrastive.released_masked_entropy, LOGITS, VALID),
    "contrast": lambda: (contrast, LOGITS, LABELS),
    "feature_distance": lambda: (feature_distance, LOGITS, OTHER, VALID),
    "assignment": lambda: (assignment_divergence, LOGITS, OTHER, VALID),
    "mean_over_present": lambda: (weak.mean_over_present, LOGITS[:, 0, 0], TAGS),
    "category": lambda: (weak.category_loss, LOGITS[:, 0, 0], TAGS),
}


@pytest.mark.parametrize("name", LOSSES)
def test_two_halves_have_the_loss_of_the_whole(name):
    function, *batches = LOSSES[name]()
    halves = on_two_replicas(function, *batches)
    np.testing.assert_allclose(sum(halves) / 2, function(*batches), rtol=2e-5)


def test_halves_alone_would_have_another():
    """Else the test above would prove nothing."""
    halves = [segmentation.cross_entropy(LABELS[part], LOGITS[part]) for part in (slice(0, 2), slice(2, 4))]
    assert abs(sum(halves) / 2 / segmentation.cross_entropy(LABELS, LOGITS) - 1) > 0.01


def test_a_half_without_any_label_costs_nothing():
    labels = LABELS.copy()
    labels[:2] = 255
    halves = on_two_replicas(segmentation.cross_entropy, labels, LOGITS)
    assert halves[0] == 0
    np.testing.assert_allclose(halves[1] / 2, segmentation.cross_entropy(labels, LOGITS), rtol=1e-6)


def test_the_surest_pixels_are_those_of_the_whole_batch():
    confidence = RNG.uniform(size=(4, 6, 8)).astype("float32") ** np.array([[[1]], [[1]], [[3]], [[9]]])
    label = np.where(VALID, LABELS, 0).astype("int32")
    surest = lambda *halves: rare_classes.surest_of_each_class(*map(tf.constant, halves), CLASSES, 0.3)  # noqa: E731
    halves = on_two_replicas(surest, confidence.astype("float32"), label)
    np.testing.assert_array_equal(tf.concat(halves, 0), surest(confidence.astype("float32"), label))
