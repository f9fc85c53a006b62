"""One feature vector per class that follows the features of a teacher."""

import keras
from keras import ops

from keras_uda.losses.prototypes import moving_average
from keras_uda.losses.prototypes import prototype_distances
from keras_uda.ops.replicas import whole_batch

MOST_COUNTED = 3000  # images; from then on the running mean forgets


class Prototypes(keras.layers.Layer):
    """The prototypes eta of the classes. Called with features (batch, h, w, channels): distances (batch, h, w, C).

    Args:
        classes: C.
        channels: length of a feature.
        momentum: m of the moving average; 1e-4 as published.

    Attributes:
        vectors: float32 (C, channels).
        counts: float32 (C,), images whose mean went into a prototype, at most 3000.
    Source: Zhang et al., ProDA, CVPR 2021, equation 6, https://arxiv.org/abs/2101.10979; released code
    """

    def __init__(self, classes: int, channels: int, momentum: float = 1e-4, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.momentum = momentum
        options = {"trainable": False, "aggregation": "mean"}
        anywhere = keras.initializers.RandomNormal(stddev=1.0)  # until means are known, no two classes are the same
        self.vectors = self.add_weight(shape=(classes, channels), initializer=anywhere, name="vectors", **options)
        self.counts = self.add_weight(shape=(classes,), initializer="zeros", name="counts", **options)
        self.built = True

    def call(self, features):
        return prototype_distances(features, self.vectors)

    def move(self, means, present, finite) -> None:
        """Moving average over the images of a batch, in order.

        Args:
            means: float (batch, C, channels).
            present: bool (batch, C).
            finite: bool scalar; where it is False nothing moves.
        """
        means, present = whole_batch(means), whole_batch(present)
        moved = moving_average(self.vectors, means, present, self.momentum)
        images = ops.sum(ops.cast(present, "float32"), axis=0)
        self.vectors.assign(ops.where(finite, moved, self.vectors))
        self.counts.assign(ops.where(finite, ops.minimum(self.counts + images, MOST_COUNTED), self.counts))

    def forget(self) -> None:
        """Back to no images."""
        self.vectors.assign(ops.zeros_like(self.vectors))
        self.counts.assign(ops.zeros_like(self.counts))

    def add(self, means, present) -> None:
        """Running mean with the means of one image: how prototypes begin.

            eta[c] <- (eta[c] n_c + mu[c]) / (n_c + 1);   n_c <- min(n_c + 1, 3000)

        Args:
            means: float (C, channels).
            present: bool (C,).
        """
        present = ops.cast(present, "float32")[:, None]
        counts = self.counts[:, None]
        self.vectors.assign(self.vectors + present * (means - self.vectors) / (counts + 1.0))
        self.counts.assign(ops.minimum(self.counts + present[:, 0], MOST_COUNTED))
