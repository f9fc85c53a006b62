"""Batch normalisation of vectors that belong to groups, each with statistics of its own."""

import keras
from keras import ops

from keras_uda.ops.replicas import sum_over_replicas

MOMENTUM = 0.9
EPSILON = 1e-5


class GroupBatchNorm(keras.layers.Layer):
    """G batch normalisations side by side; a vector goes through that of its group.

        y = gamma[g] (x - mean_g) / sqrt(var_g + 1e-5) + beta[g],   over the vectors of group g in training
        moving <- 0.9 moving + 0.1 (mean_g, n / (n - 1) var_g),     of groups with at least two vectors, where finite

    Called with vectors (n, channels) and members float (n, groups): 1 for the group of a vector, all 0 for a vector
    that is left out (its output means nothing).

    Args:
        groups: G; 1 makes it a batch norm with a mask.
        channels: of a vector.
    Source: torch.nn.BatchNorm1d
    """

    def __init__(self, groups: int, channels: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        shape = (groups, channels)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")
        fixed = {"trainable": False, "aggregation": "mean"}
        self.moving_mean = self.add_weight(shape=shape, initializer="zeros", name="moving_mean", **fixed)
        self.moving_variance = self.add_weight(shape=shape, initializer="ones", name="moving_variance", **fixed)
        self.built = True

    def call(self, vectors, members, training=False, together=True):
        mean, variance = ops.convert_to_tensor(self.moving_mean), ops.convert_to_tensor(self.moving_variance)
        if training:
            mean, variance, counts = group_moments(vectors, members, together)
            self._move(mean, variance, counts)
        scale = self.gamma * ops.rsqrt(variance + EPSILON)
        return vectors * ops.matmul(members, scale) + ops.matmul(members, self.beta - mean * scale)

    def _move(self, mean, variance, counts):
        several = counts > 1
        unbiased = variance * counts / ops.maximum(counts - 1.0, 1.0)
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, unbiased)):
            moved = MOMENTUM * moving + (1 - MOMENTUM) * now
            moving.assign(ops.where(ops.logical_and(several, ops.isfinite(moved)), moved, moving))


def group_moments(vectors, members, together: bool = True):
    """Mean and (biased) variance of every group, over the vectors of all replicas.

    Args:
        vectors: float (n, channels).
        members: float (n, G) of 0 and 1.
        together: False for vectors that are the same on every replica.
    Returns:
        float32 (G, channels) each, 0 for an empty group, and float32 (G, 1): how many vectors it has.
    """
    total = sum_over_replicas if together else lambda value: value
    counts = total(ops.sum(members, axis=0))[:, None]
    share = ops.transpose(members) / ops.maximum(counts, 1.0)
    mean = total(ops.matmul(share, vectors))
    variance = total(ops.matmul(share, ops.square(vectors - ops.matmul(members, mean))))
    return mean, variance, counts
