"""ClassMix: half of the classes of one image are cut out and pasted into another.

Source of all: Olsson et al., ClassMix, WACV 2021, https://arxiv.org/abs/2007.07936; across domains: Tranheden et al.,
DACS, WACV 2021, https://arxiv.org/abs/2007.08702, and its released code vikolss/DACS
"""

import tensorflow as tf

from keras_uda.core.classes import IGNORE
from keras_uda.ops.random import uniform_of_images
from keras_uda.ops.replicas import mean_over_replicas


def present_classes(labels: tf.Tensor, classes: int) -> tf.Tensor:
    """Which classes an image holds; pixels without a label are the last one.

    Args:
        labels: integer (batch, height, width).
        classes: C.
    Returns:
        bool (batch, C + 1).
    """
    ids = tf.reshape(_with_ignored(labels, classes), (tf.shape(labels)[0], -1))
    return tf.reduce_any(ids[..., None] == tf.range(classes + 1), axis=1)


def draw_classes(present: tf.Tensor, counts: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Some of the classes of every image, without replacement.

    Args:
        present: bool (batch, C).
        counts: int (batch,), how many are drawn; more than there are draws all.
        seed: int32 (2,).
    Returns:
        bool (batch, C).
    """
    chances = tf.where(present, uniform_of_images([tf.shape(present)[0], present.shape[1]], 0, seed), -1.0)
    place = tf.argsort(tf.argsort(chances, axis=-1, direction="DESCENDING"), axis=-1)
    return present & (place < counts[:, None])


def half_of(present: tf.Tensor) -> tf.Tensor:
    """int32 (batch,): half of the classes that are there, rounded up."""
    return (tf.reduce_sum(tf.cast(present, "int32"), axis=-1) + 1) // 2


def class_mask(labels: tf.Tensor, selected: tf.Tensor) -> tf.Tensor:
    """Where an image holds one of the selected classes.

    Args:
        labels: integer (batch, height, width).
        selected: bool (batch, C + 1), as of `draw_classes`.
    Returns:
        bool (batch, height, width).
    """
    return tf.gather(selected, _with_ignored(labels, selected.shape[-1] - 1), batch_dims=1)


def random_class_mask(labels: tf.Tensor, classes: int, seed: tf.Tensor) -> tf.Tensor:
    """The mask of DACS: half of the classes of every image; "no label" may be drawn like a class, as released."""
    present = present_classes(labels, classes)
    return class_mask(labels, draw_classes(present, half_of(present), seed))


def mix(mask: tf.Tensor, cut: tf.Tensor, into: tf.Tensor) -> tf.Tensor:
    """`cut` where the mask is, `into` elsewhere; images (batch, H, W, channels) or maps (batch, H, W)."""
    return tf.where(mask[..., None] if len(cut.shape) == 4 else mask, cut, into)


def confident_share(confidence: tf.Tensor, threshold: float) -> tf.Tensor:
    """Share of all pixels of the batch whose confidence reaches `threshold`: float32 scalar."""
    return mean_over_replicas(tf.reduce_mean(tf.cast(tf.cast(confidence, "float32") >= threshold, "float32")))


def _with_ignored(labels, classes):
    labels = tf.cast(labels, "int32")
    return tf.where((labels < 0) | (labels == IGNORE), classes, labels)
