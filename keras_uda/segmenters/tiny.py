"""A segmenter of a few thousand weights: for tests, dry runs and teaching."""

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import Width
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.network import network


@network(stride=4, heads=("logits", "aux_logits"), mean_colour=(127.0, 127.0, 127.0))
def tiny(
    classes: int, *, weights: str = "none", levels: int = 1, batch_norm: BatchNormMode = "live", width: Width = 8
) -> keras.Model:
    """Four strided or plain convolutions with batch norm; logits at stride 4.

    Args:
        classes: number of output channels.
        weights: there are none to start from.
        levels: 1, or 2 for an auxiliary head.
        batch_norm: see `BatchNorm`.
        width: channels of the first layer.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features", "skips"[, "aux_logits"]}.
    """
    image = keras.Input((None, None, 3), name="image")
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128, dtype="float32", name="normalization")(image)
    stride_2 = _block(x, width, 2, batch_norm, "stride2")
    stride_4 = _block(stride_2, 2 * width, 2, batch_norm, "stride4")
    middle = _block(stride_4, 3 * width, 1, batch_norm, "middle")
    features = _block(middle, 4 * width, 1, batch_norm, "last")
    outputs = {"logits": classifier(features, classes, "logits"), "features": features}
    outputs["skips"] = {"stride2": stride_2, "stride4": stride_4}
    if levels == 2:
        outputs["aux_logits"] = classifier(middle, classes, "aux_logits")
    return keras.Model(image, outputs, name="tiny")


def _block(x, filters, stride, mode, name):
    x = keras.layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = BatchNorm(mode, momentum=0.9, name=f"{name}_bn")(x)
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)
