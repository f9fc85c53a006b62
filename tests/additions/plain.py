"""A network of two convolutions."""

import keras

from keras_uda.config.ranges import Width
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.network import network


@network(stride=2, heads=("logits",))
def plain(classes: int, *, weights: str = "none", width: Width = 6) -> keras.Model:
    """Logits at stride 2, nothing normalised.

    Args:
        classes: number of output channels.
        weights: there are none to start from.
        width: channels of both convolutions.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features", "skips"}.
    """
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 128, offset=-1, dtype="float32", name="normalization")(image)
    x = keras.layers.Conv2D(width, 3, 2, padding="same", activation="relu", name="first")(x)
    features = keras.layers.Conv2D(width, 3, padding="same", activation="relu", name="second")(x)
    outputs = {"logits": classifier(features, classes, "logits"), "features": features, "skips": {}}
    return keras.Model(image, outputs, name="plain")
