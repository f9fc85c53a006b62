"""Losses on labelled pixels."""

from keras import ops

from keras_uda.core.classes import IGNORE
from keras_uda.ops.replicas import divisor


def cross_entropy(labels, logits, class_weights=None, pixel_weights=None):
    """Mean cross-entropy over the labelled pixels of the batch, or weighted by pixel over all of them.

        L = sum_i w[y_i] (-log P[i, y_i]) / sum_i w[y_i],   i over all pixels with a label
        L = 1/(N H W) sum_i v[i] w[y_i] (-log P[i, y_i])    with weights v of pixels

    With weights of pixels the mean is divided by ALL pixels, labelled or not, and by no weight, as in every released
    code that has them: less certain labels then count for less.

    Args:
        labels: integer (batch, height, width), ids in [0, C); `IGNORE` and negative ids cost nothing.
        logits: float (batch, height, width, C), unnormalised.
        class_weights: float (C,), 1 for every class by default.
        pixel_weights: float (batch, height, width).
    Returns:
        float32 scalar; 0 if no pixel has a label.
    Source: torch.nn.CrossEntropyLoss(ignore_index=255), as called in github.com/wasidennis/AdaptSegNet and
        valeoai/ADVENT advent/utils/loss.py; with weights of pixels `CrossEntropyLoss2dPixelWiseWeighted` of
        github.com/vikolss/DACS utils/loss.py, and the `weight` of the losses of github.com/lhoyer/DAFormer
    """
    if pixel_weights is not None:
        return ops.mean(ops.cast(pixel_weights, "float32") * pixel_cross_entropy(labels, logits, class_weights))
    weights = ops.cast(has_label(labels), "float32")
    if class_weights is not None:
        weights = weights * ops.take(ops.cast(class_weights, "float32"), known_labels(labels))
    return ops.sum(weights * pixel_cross_entropy(labels, logits)) / divisor(ops.sum(weights))


def pixel_cross_entropy(labels, logits, class_weights=None):
    """Cross-entropy of every pixel.

        L[h, w] = -w[y[h, w]] log P[h, w, y[h, w]], 0 where there is no label

    Args:
        labels: integer (batch, height, width), ids in [0, C); `IGNORE` and negative ids give 0.
        logits: float (batch, height, width, C), unnormalised.
        class_weights: float (C,), w, 1 for every class by default.
    Returns:
        float32 (batch, height, width), not negative.
    """
    logits = ops.cast(logits, "float32")
    losses = ops.sparse_categorical_crossentropy(known_labels(labels), logits, from_logits=True)
    if class_weights is not None:
        losses = losses * ops.take(ops.cast(class_weights, "float32"), known_labels(labels))
    return ops.where(has_label(labels), losses, 0.0)


def has_label(labels):
    """Which pixels have a label: bool, the shape of `labels`."""
    labels = ops.cast(labels, "int32")
    return ops.logical_and(labels >= 0, labels != IGNORE)


def known_labels(labels):
    """int32 labels with 0 where there is none: an id outside [0, C) raises on CPU and is NaN on a GPU."""
    return ops.where(has_label(labels), ops.cast(labels, "int32"), 0)
