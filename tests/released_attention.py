"""The attention of the released memory, with its weights."""

import numpy as np

from keras_uda.layers.class_attention import ClassAttention

WEIGHTS = {"w1": "kernel", "b1": "bias", "w2": "score", "b2": "offset"}
NORMS = {"gamma": "gamma", "beta": "beta", "moving_mean": "moving_mean", "moving_var": "moving_variance"}


def attention_of(arrays, prefix: str) -> ClassAttention:
    """The attention with the released weights of `<prefix><class>`."""
    classes = len([key for key in arrays if key.startswith(f"param_{prefix}") and key.endswith("_w1") and
                   key[len(f"param_{prefix}")].isdigit()])  # fmt: skip
    channels, width = arrays[f"param_{prefix}0_w1"].shape
    layer = ClassAttention(classes, channels, width)
    for index, (layer_of, names) in ((i, pair) for i in range(classes)
                                     for pair in ((layer, WEIGHTS), (layer.normalization, NORMS))):  # fmt: skip
        for stored, name in names.items():
            variable = getattr(layer_of, name)
            value = np.array(variable)
            value[index] = arrays[f"param_{prefix}{index}_{stored}"].reshape(value[index].shape)
            variable.assign(value)
    return layer
