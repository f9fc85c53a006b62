"""How good an example of its class a feature is: one small network per class, run on the features of that class."""

import math

import keras
import tensorflow as tf
from keras import ops

from keras_uda.layers.group_batch_norm import GroupBatchNorm

BLOCK = 64  # vectors of one class that are multiplied together


class ClassAttention(keras.layers.Layer):
    """C networks side by side: Dense(width), batch norm, LeakyReLU(0.2), Dense(1), sigmoid.

    Called with vectors (n, channels) and members float (n, C), 1 for the class of a vector, all 0 for one that is left
    out; returns float32 (n,) in (0, 1), 0 for vectors that are left out. No gradient goes to the vectors.
    With `together` False the vectors are the same on every replica, and count once.

    Args:
        classes: C.
        channels: of a vector.
        width: hidden units; 0 takes `channels`, as published.
    Source: Alonso et al., ICCV 2021, section 3.3 (S_c), https://arxiv.org/abs/2104.13415; released code
    """

    def __init__(self, classes: int, channels: int, width: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.classes, self.channels, self.width = classes, channels, width or channels
        shapes = {"kernel": (channels, self.width), "bias": (self.width,), "score": (self.width,), "offset": ()}
        for name, shape in shapes.items():
            limit = 1 / math.sqrt(channels if name in ("kernel", "bias") else self.width)  # PyTorch's default
            uniform = keras.initializers.RandomUniform(-limit, limit)
            setattr(self, name, self.add_weight(shape=(classes, *shape), initializer=uniform, name=name))
        self.normalization = GroupBatchNorm(classes, self.width, name="normalization")
        self.built = True

    def call(self, vectors, members, training=False, together=True):
        vectors = ops.stop_gradient(ops.cast(vectors, "float32"))
        hidden = times_class_matrix(vectors, members, self.kernel) + ops.matmul(members, self.bias)
        hidden = ops.leaky_relu(
            self.normalization(hidden, members, training=training, together=together), negative_slope=0.2
        )
        scores = ops.sum(hidden * ops.matmul(members, self.score), -1) + ops.matmul(members, self.offset[:, None])[:, 0]
        return ops.sigmoid(scores) * ops.sum(members, -1)

    def get_config(self):
        return {"classes": self.classes, "channels": self.channels, "width": self.width, "name": self.name}


def times_class_matrix(vectors, members, kernels, block: int = BLOCK):
    """Every vector times the matrix of its class, without a product for every class.

    Vectors are sorted by class and laid into blocks of one class each.

    Args:
        vectors: float (n, channels), without gradient.
        members: float (n, C) of 0 and 1, at most one 1 per row.
        kernels: float (C, channels, width).
        block: vectors per block.
    Returns:
        float32 (n, width); meaningless for vectors of no class.
    """
    number, classes = ops.shape(vectors)[0], kernels.shape[0]
    owner = ops.where(ops.max(members, -1) > 0, ops.argmax(members, -1), classes)
    counts = tf.math.unsorted_segment_sum(ops.ones_like(owner, dtype="int32"), owner, classes + 1)
    blocks = (counts + block - 1) // block
    ends = ops.cumsum(blocks)
    order = tf.argsort(owner, stable=True)
    rank = tf.range(number) - tf.gather(ops.cumsum(counts) - counts, tf.gather(owner, order))
    slots = tf.gather((ends - blocks) * block, tf.gather(owner, order)) + rank
    slot = tf.scatter_nd(order[:, None], slots, [number])
    most = (number + block - 1) // block + classes + 1
    laid = tf.scatter_nd(slot[:, None], vectors, [most * block, vectors.shape[-1]])
    owner_of_block = ops.minimum(tf.searchsorted(ends, tf.range(most), side="right"), classes - 1)
    kernel_of_block = ops.einsum("bc,cio->bio", ops.one_hot(owner_of_block, classes, dtype="float32"), kernels)
    products = ops.matmul(ops.reshape(laid, (most, block, vectors.shape[-1])), kernel_of_block)
    return tf.gather(ops.reshape(products, (most * block, kernels.shape[-1])), slot)
