"""Parts with state hold on each of two replicas what they hold for the whole batch."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.class_balance import ClassBalance
from keras_uda.layers.group_batch_norm import group_moments
from keras_uda.layers.prototypes import Prototypes
from keras_uda.segmenters.blocks import BatchNorm
from tests.two_replicas import on_two_replicas

RNG = np.random.default_rng(0)


def test_prototypes_follow_the_images_of_all_in_their_order():
    means, present = RNG.normal(size=(4, 3, 5)).astype("float32"), RNG.uniform(size=(4, 3)) > 0.4
    start = RNG.normal(size=(3, 5)).astype("float32")

    def moved(means, present):
        layer = Prototypes(3, 5, momentum=0.3)
        layer.vectors.assign(start)
        layer.move(tf.constant(means), tf.constant(present), finite=True)
        return np.array(layer.vectors), np.array(layer.counts)

    for vectors, counts in on_two_replicas(moved, means, present):
        np.testing.assert_allclose(vectors, moved(means, present)[0], rtol=1e-5)
        np.testing.assert_array_equal(counts, moved(means, present)[1])


def test_classes_are_counted_in_all_labels():
    labels, teacher_labels = RNG.integers(0, 3, (2, 4, 5, 6))

    def counted(labels, teacher_labels):
        layer = ClassBalance(3, 2, 2)
        layer.update(tf.constant(labels), tf.constant(teacher_labels))
        return np.array(layer.labelled), np.array(layer.unlabelled)

    for labelled, unlabelled in on_two_replicas(counted, labels, teacher_labels):
        np.testing.assert_array_equal(labelled, counted(labels, teacher_labels)[0])
        np.testing.assert_array_equal(unlabelled, counted(labels, teacher_labels)[1])


@pytest.mark.parametrize("together", [True, False])
def test_moments_of_groups(together):
    vectors, members = RNG.normal(size=(12, 4)).astype("float32"), np.eye(3, dtype="float32")[RNG.integers(0, 3, 12)]
    moments = lambda *given: group_moments(*map(tf.constant, given), together)  # noqa: E731
    given = (vectors, members) if together else (np.tile(vectors, (2, 1)), np.tile(members, (2, 1)))
    for half in on_two_replicas(moments, *given):
        for one, whole in zip(half, group_moments(vectors, members), strict=True):
            np.testing.assert_allclose(one, whole, rtol=1e-4, atol=1e-6)


def test_batch_norm_normalises_with_the_images_of_all():
    images = RNG.normal(2.0, 3.0, (4, 5, 6, 3)).astype("float32") * np.arange(1, 5).reshape(4, 1, 1, 1)

    def normalised(images):
        layer = BatchNorm("live", momentum=0.75)
        layer.build((None, None, None, 3))
        layer.gamma.assign([1.0, 2.0, 3.0])
        layer.beta.assign([0.0, -1.0, 1.0])
        outputs = layer(tf.constant(images, "float32"), training=True)
        return np.array(outputs), np.array(layer.moving_mean), np.array(layer.moving_variance)

    outputs, mean, variance = normalised(images)
    halves = on_two_replicas(normalised, images)
    np.testing.assert_allclose(np.concatenate([half[0] for half in halves]), outputs, atol=1e-4)
    for _, half_mean, half_variance in halves:
        np.testing.assert_allclose(half_mean, mean, rtol=1e-5)
        np.testing.assert_allclose(half_variance, variance, rtol=1e-5)
