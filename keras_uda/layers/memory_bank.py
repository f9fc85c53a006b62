"""The newest good features of every class: first in, first out."""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops


class Memory(NamedTuple):
    """Content of a `MemoryBank`: vectors float32 (C, size, channels), filled int32 (C,)."""

    vectors: tf.Tensor
    filled: tf.Tensor

    @property
    def slots(self):
        """float32 (C, size): 1 where there is a feature."""
        return ops.cast(ops.arange(self.vectors.shape[1]) < self.filled[:, None], "float32")


class MemoryBank(keras.layers.Layer):
    """A queue of features per class, the newest first.

    Args:
        classes: C.
        channels: length of a feature.
        size: features per class; 256 as published.

    Attributes:
        vectors: float32 (C, size, channels), 0 where nothing is yet.
        filled: int32 (C,), how many features of each class are there.
    Source: Alonso et al., Semi-supervised Semantic Segmentation with Pixel-level Contrastive Learning from a
        Class-wise Memory Bank, ICCV 2021, section 3.2, https://arxiv.org/abs/2104.13415; released code
    """

    def __init__(self, classes: int, channels: int, size: int = 256, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        # The replicas hold the same memory, of the images of all of them.
        options = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.vectors = self.add_weight(shape=(classes, size, channels), name="vectors", **options)
        self.filled = self.add_weight(shape=(classes,), dtype="int32", name="filled", **options)
        self.built = True

    def push(self, features, members, scores, *, most: int, when=True) -> Memory:
        """The memory with the best features of every class in front, and without the oldest; nothing is stored yet.

        A class with no more than `most` features gives all of them, in their order; else those of the highest score,
        the highest first.

        Args:
            features: float (n, channels).
            members: bool (n, C), which class a feature is of; none where it is of no use.
            scores: float (n,).
            most: features per class that are put in; more than the memory holds are cut.
            when: bool scalar; where it is False the memory stays as it is.
        """
        rows_of_class, number = best_of_class(members, scores, most)
        number = ops.where(when, number, 0)
        size = self.vectors.shape[1]
        new = ops.take(ops.cast(features, "float32"), rows_of_class, axis=0)
        both = ops.concatenate([new, ops.convert_to_tensor(self.vectors)], axis=1)
        places = ops.arange(size)[None] - number[:, None]
        # The j-th place takes the j-th new feature, or what stood `number` places before it.
        rows = ops.where(places < 0, ops.arange(size)[None], ops.shape(new)[1] + places)
        return Memory(tf.gather(both, rows, batch_dims=1), ops.minimum(self.filled + number, size))

    def store(self, memory: Memory, when=True) -> None:
        """Keeps what `push` made; where `when` is False, nothing changes."""
        self.vectors.assign(ops.where(when, memory.vectors, self.vectors))
        self.filled.assign(ops.where(when, memory.filled, self.filled))


def best_of_class(members, scores, most: int):
    """Which features of every class go into a memory.

    Args:
        members: bool (n, C).
        scores: float (n,).
        most: per class.
    Returns:
        int32 (C, min(most, n)) rows, and int32 (C,): how many of them count.
    """
    members = ops.transpose(members)
    counts = ops.sum(ops.cast(members, "int32"), axis=1)
    in_order = -ops.arange(ops.shape(scores)[0], dtype="float32")
    ranks = ops.where((counts > most)[:, None], ops.cast(scores, "float32")[None], in_order[None])
    taken = ops.minimum(most, ops.shape(scores)[0])
    _, rows = tf.math.top_k(ops.where(members, ranks, -float("inf")), taken)
    return rows, ops.minimum(counts, taken)


def features_per_image(size: int, labelled: int) -> int:
    """How many features of a class one image gives, so that the labelled images fill the memory once.

        max(1, round(size / labelled))

    Args:
        size: of the memory of a class.
        labelled: labelled images.
    Source: `FeatureMemory` of the released code, for Cityscapes
    """
    return max(1, round(size / labelled))
