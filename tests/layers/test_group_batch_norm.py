"""Batch normalisation of vectors in groups."""

import numpy as np

from keras_uda.layers.group_batch_norm import GroupBatchNorm
from keras_uda.layers.group_batch_norm import group_moments

GROUPS = np.array([0, 1, 0, 2, 1, 0, -1])  # the last vector is of none


def vectors_and_members():
    vectors = np.random.default_rng(0).normal(2, 3, (len(GROUPS), 4)).astype("float32")
    return vectors, (GROUPS[:, None] == np.arange(4)).astype("float32")


def test_moments_are_those_of_each_group():
    vectors, members = vectors_and_members()
    mean, variance, counts = (np.array(one) for one in group_moments(vectors, members))
    np.testing.assert_array_equal(counts[:, 0], [3, 2, 1, 0])
    for group in range(3):
        np.testing.assert_allclose(mean[group], vectors[group == GROUPS].mean(0), rtol=1e-5)
        np.testing.assert_allclose(variance[group], vectors[group == GROUPS].var(0), rtol=1e-4, atol=1e-5)
    assert not mean[3].any() and not variance[3].any()


def test_every_group_is_normalised_by_its_own_statistics():
    vectors, members = vectors_and_members()
    layer = GroupBatchNorm(4, 4)
    layer.gamma.assign(np.arange(1, 17).reshape(4, 4))
    layer.beta.assign(-np.arange(16).reshape(4, 4))
    outputs = np.array(layer(vectors, members, training=True))
    for group in range(3):
        own = vectors[group == GROUPS]
        expected = (own - own.mean(0)) / np.sqrt(own.var(0) + 1e-5) * np.array(layer.gamma)[group]
        np.testing.assert_allclose(
            outputs[group == GROUPS], expected + np.array(layer.beta)[group], rtol=1e-4, atol=1e-4
        )


def test_moving_statistics_follow_groups_of_two_and_more():
    vectors, members = vectors_and_members()
    layer = GroupBatchNorm(4, 4)
    layer(vectors, members, training=True)
    for group in range(2):
        own = vectors[group == GROUPS]
        np.testing.assert_allclose(layer.moving_mean[group], 0.1 * own.mean(0), rtol=1e-5)
        np.testing.assert_allclose(layer.moving_variance[group], 0.9 + 0.1 * own.var(0, ddof=1), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean[2:], np.zeros((2, 4)))
    np.testing.assert_array_equal(layer.moving_variance[2:], np.ones((2, 4)))
    outside = np.array(layer(vectors, members))  # in use
    scale = np.sqrt(np.array(layer.moving_variance)[0] + 1e-5)
    np.testing.assert_allclose(outside[0], (vectors[0] - np.array(layer.moving_mean)[0]) / scale, rtol=1e-5)


def test_a_vector_that_is_no_number_leaves_the_statistics():
    vectors, members = vectors_and_members()
    layer = GroupBatchNorm(4, 4)
    vectors[0] = np.nan
    layer(vectors, members, training=True)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros((4, 4)))
    np.testing.assert_array_equal(layer.moving_variance, np.ones((4, 4)))
