"""LiteRT (.tflite) files out of a frozen graph: float32, float16, dynamic range, full int8; built-in ops only."""

import re

import numpy as np
import tensorflow as tf

from keras_uda.errors import ArtefactError
from keras_uda.export.graph import FrozenGraph
from keras_uda.export.graph import fixed_size_function
from keras_uda.runtime import quiet

QUANTIZATIONS = ("none", "float16", "dynamic", "int8")


def convert(graph: FrozenGraph, quantization: str = "none", calibration: np.ndarray | None = None) -> bytes:
    """The content of a `.tflite` file with signature `serving_default`: image -> label_map, confidence, all uint8.

    Args:
        graph: frozen with batch 1.
        quantization: one of `QUANTIZATIONS`.
        calibration: uint8 (n, height, width, 3) target frames, for `int8`.
    Raises:
        ArtefactError: the graph needs an op that LiteRT does not have built in; names op and layer.
    """
    module = tf.Module()
    module.serve = fixed_size_function(graph)  # names of inputs and outputs survive only on a module
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.serve.get_concrete_function()], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantization != "none":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantization == "int8":
        converter.representative_dataset = lambda: ([frame[None]] for frame in calibration)
    try:
        with quiet():  # pages of C++ output; what matters is in the exception
            return converter.convert()
    except Exception as error:  # the converter raises its own class, RuntimeError and ValueError alike
        remedy = "Replace the layer, or export with --formats saved_model"
        raise ArtefactError("LiteRT", _reason(error), remedy) from error


def _reason(error: Exception) -> str:
    """Which op of which layer cannot be converted, out of the converter's pages of MLIR."""
    pairs = []
    for problem in getattr(error, "errors", []):
        names = [call.name for call in problem.location.call] + [problem.operator.name]
        layers = [part for name in names for part in _layers(name)]
        if problem.operator.name:
            pairs.append(f"{problem.operator.name} of layer {layers[0]}" if layers else problem.operator.name)
    ops = pairs or re.findall(r"'(tf\.\w+)' op is neither", str(error))
    if ops:
        return f"not a built-in op: {', '.join(dict.fromkeys(ops))}"
    return f"the graph cannot be converted ({' '.join(str(error).split())[:120]})"


def _layers(name: str) -> list[str]:
    """`functional_1/odd_layer_1/BitwiseAnd@...` -> [`odd_layer_1`]."""
    parts = name.split("@")[0].split("/")
    return parts[-2:-1] if len(parts) > 1 else []
