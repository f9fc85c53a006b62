"""Weights of rare classes from what the labels of the last iterations held."""

import keras
from keras import ops

from keras_uda.losses.contrastive import class_members
from keras_uda.ops.replicas import sum_over_replicas


class ClassBalance(keras.layers.Layer):
    """Root of the median class frequency over the frequency of a class.

        n[c] = pixels of c in the labels of the first iterations + pixels of c in the last teacher labels
        w[c] = sqrt(median n / n[c]);   the largest of these for a class without a pixel;   1 until both are full

    Args:
        classes: C.
        labelled: iterations whose labels are counted, the first ones: one pass over the labelled images.
        unlabelled: iterations whose teacher labels are counted, the last ones: one pass over the unlabelled images.
    Source: `ClassBalancing` of github.com/Shathe/SemiSeg-Contrastive utils/class_balancing.py
    """

    def __init__(self, classes: int, labelled: int, unlabelled: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.classes = classes
        options = {"initializer": "zeros", "trainable": False, "aggregation": "only_first_replica"}
        self.labelled = self.add_weight(shape=(labelled, classes), name="labelled", **options)
        self.unlabelled = self.add_weight(shape=(unlabelled, classes), name="unlabelled", **options)
        self.iteration = self.add_weight(shape=(), dtype="int32", name="iteration", **options)
        self.built = True

    def update(self, labels, teacher_labels, finite=True) -> None:
        """Counts one iteration.

        Args:
            labels: integer (batch, height, width), `IGNORE` is not counted.
            teacher_labels: the same.
            finite: bool scalar; where it is False nothing is counted.
        """
        step = self.iteration
        for rows, of, place in (
            (self.labelled, labels, step),
            (self.unlabelled, teacher_labels, step % self.unlabelled.shape[0]),
        ):
            pixels = sum_over_replicas(ops.sum(class_members(of, self.classes), axis=0))
            here = ops.logical_and(ops.arange(rows.shape[0], dtype="int32") == place, finite)
            rows.assign(ops.where(here[:, None], pixels, rows))
        self.iteration.assign(step + ops.cast(finite, "int32"))

    def weights_of(self, pixels):
        """float32 (C,) from pixels per class, float (C,)."""
        weights = ops.median(pixels) / ops.maximum(pixels, 1.0)
        present = pixels > 0
        return ops.sqrt(ops.where(present, weights, ops.max(ops.where(present, weights, 0.0))))

    def current_weights(self):
        """float32 (C,)."""
        pixels = ops.sum(self.labelled, axis=0) + ops.sum(self.unlabelled, axis=0)
        full = self.iteration >= max(self.labelled.shape[0], self.unlabelled.shape[0])
        return ops.where(ops.logical_and(full, ops.median(pixels) > 0), self.weights_of(pixels), 1.0)
