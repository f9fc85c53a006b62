"""Pixel contrast beside any loss: heads, their slow copy, and a memory of what a teacher gets right."""

from typing import NamedTuple

import keras
from keras import ops

from keras_uda.core.classes import IGNORE
from keras_uda.layers.contrast_heads import ContrastHeads
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.layers.memory_bank import Memory
from keras_uda.layers.memory_bank import MemoryBank
from keras_uda.layers.memory_bank import features_per_image
from keras_uda.losses.contrastive import class_members
from keras_uda.losses.contrastive import contrast_classes
from keras_uda.losses.contrastive import memory_contrast
from keras_uda.losses.contrastive import unit
from keras_uda.ops import replicas
from keras_uda.ops.resize import nearest


class ContrastOptions(NamedTuple):
    """What a method says of its contrast.

    Args:
        weight: lambda_contr.
        width: of projections, predictions and attention.
        size: features per class in the memory.
        confidence: least teacher probability of a pixel to be remembered.
        memory_start, contrast_start: share of the steps before the memory fills, and before it is contrasted with.
        labelled_images: that fill the memory once; 0: one feature of each class and image.
        official_bugs: as released: the features of the lowest attention are remembered, and memories all weigh 1.
    """

    weight: float
    width: int
    size: int
    confidence: float
    memory_start: float
    contrast_start: float
    labelled_images: int
    official_bugs: bool


class PixelContrast(keras.layers.Layer):
    """Features of a class come close to those that the memory holds of it.

        L_contr = 1/C sum_c mean over pixels i and memories j of c of w[i] w[j] (1 - cos(q_i, z_j))

    q are predictions of the segmenter's own projections, z projections of a teacher's features, w the attention of the
    class, with a mean of 1.

    Args:
        classes: C.
        channels: of the segmenter's features.
        options: the rest.
    Source: Alonso et al., ICCV 2021, sections 3.1 to 3.3, https://arxiv.org/abs/2104.13415; released code
    """

    def __init__(self, classes: int, channels: int, options: ContrastOptions):
        super().__init__(dtype="float32")
        self.classes, self.options = classes, options
        self.heads = ContrastHeads(classes, channels, options.width)
        self.teacher_heads = slow_copy(self.heads)
        self.memory = MemoryBank(classes, options.width, options.size)
        self.per_image = features_per_image(options.size, options.labelled_images or 2**30)
        self.built = True

    def weight(self, progress):
        """lambda_contr, 0 until the memory is used; progress is the share of the stage that is done."""
        return self.options.weight * ops.cast(progress >= self.options.contrast_start, "float32")

    def remember(self, taught: tuple, label, progress) -> Memory:
        """The memory with the best of what the teacher gets right in labelled images; nothing is stored yet.

        Args:
            taught: of `teacher_outputs` on these images.
            label: (batch, H, W).
            progress: share of the stage that is done; the memory stays as it is until `memory_start`.
        """
        outputs, predicted, probability = taught
        features = outputs["features"]
        label, predicted, probability = (nearest(one, features) for one in (label, predicted, probability))
        good = ops.logical_and(ops.cast(label, "int32") == predicted, probability > self.options.confidence)
        members = class_members(ops.where(good, predicted, IGNORE), self.classes)
        projections = self.teacher_heads.projection(vectors_of(features), any_member(members), training=True)
        scores = self.teacher_heads.attention(projections, members, training=True)
        scores = -scores if self.options.official_bugs else scores
        most = ops.shape(label)[0] * replicas.count() * self.per_image
        projections, members, scores = map(replicas.whole_batch, (projections, members > 0, scores))
        return self.memory.push(projections, members, scores, most=most, when=progress >= self.options.memory_start)

    def loss(self, features, label, memory: Memory):
        """L_contr of features (batch, h, w, channels) with labels (batch, H, W)."""
        members = class_members(nearest(label, features), self.classes)
        valid, slots = any_member(members), memory.slots
        projections = self.heads.projection(vectors_of(features), valid, training=True)
        predictions = self.heads.prediction(projections, valid, training=True)
        classes = contrast_classes(members, slots)
        members, slots = members * classes, slots * classes[:, None]
        scores = self.heads.attention(predictions, members, training=True)
        return memory_contrast(predictions, members, scores, memory.vectors, self.memory_scores(memory, slots))

    def memory_scores(self, memory: Memory, slots):
        """Attention of the memories, float (C, size), 0 where there is none."""
        if self.options.official_bugs:
            return slots
        classes, size, channels = memory.vectors.shape
        members = ops.repeat(ops.eye(classes), size, axis=0) * ops.reshape(slots, (-1, 1))
        memories = ops.reshape(unit(memory.vectors), (-1, channels))
        return ops.reshape(
            self.heads.memory_attention(memories, members, training=True, together=False), (classes, size)
        )

    def statistics(self) -> list[keras.Variable]:
        """What moves in a forward pass."""
        return [*statistics_of(self.heads), *statistics_of(self.teacher_heads)]


def vectors_of(features):
    """float32 (n, channels) of all pixels."""
    return ops.reshape(ops.cast(features, "float32"), (-1, features.shape[-1]))


def any_member(members):
    """float32 (n, 1): 1 for vectors of any class."""
    return ops.max(members, axis=-1, keepdims=True)
