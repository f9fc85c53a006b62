"""A classifier of single cells of a feature map."""

import keras
from keras import ops


class CellClassifier(keras.layers.Layer):
    """Which domain each cell of a feature map is from, seen alone.

        channels -> width (ReLU, dropout) -> width (ReLU, dropout) -> 1, every convolution 1x1

    Called with features (batch, h, w, channels); returns scores (batch, h, w, 1), float32, not squashed.

    Args:
        channels: of the features.
        width: of the hidden layers.
        dropout: rate.
        policy: dtype policy of the hidden layers.
    Source: github.com/stu92054/Domain-adaptation-on-segmentation FCNs_Wild (no official code exists), with one logit
        instead of two
    """

    def __init__(self, channels: int, width: int = 1024, dropout: float = 0.5, policy: str = "float32", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        options = {"kernel_initializer": "he_normal", "dtype": policy}
        self.hidden = [keras.layers.Dense(width, name=f"hidden{n}", **options) for n in range(2)]
        self.dropout = [keras.layers.Dropout(dropout, dtype=policy, name=f"dropout{n}") for n in range(2)]
        self.score = keras.layers.Dense(1, dtype="float32", name="score")
        self.build((None, None, None, channels))

    def build(self, input_shape):
        width = self.hidden[0].units
        for layer, channels in zip((*self.hidden, self.score), (input_shape[-1], width, width), strict=True):
            layer.build((None, None, None, channels))
        self.built = True

    def call(self, features, training=False):
        for dense, dropout in zip(self.hidden, self.dropout, strict=True):
            features = dropout(ops.relu(dense(features)), training=training)
        return self.score(features)
