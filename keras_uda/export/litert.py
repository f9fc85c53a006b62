"""SavedModel -> LiteRT (.tflite) file, here and nowhere else: float32, float16, dynamic range, int8; built-in ops only.

Whoever changes the converter changes this file; docs/device.md says which ones were tried.
"""

import re
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

# Not public: the public converter knows no ranges but its own, see `activation_ranges`.
from tensorflow.lite.python.convert import mlir_quantize

from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.runtime import quiet
from keras_uda.export.activation_ranges import with_true_ranges

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
FLOAT_CONVOLUTIONS = 2


def convert(
    saved_model: Path,
    quantization: str = "none",
    calibration: np.ndarray | None = None,
    float_layers: tuple[str, ...] = (),
) -> bytes:
    """The content of a `.tflite` file with the signature `serving_default` of the SavedModel.

    Args:
        saved_model: folder, of batch 1.
        quantization: one of `names.QUANTIZATIONS`.
        calibration: uint8 (n, height, width, 3) target frames, for `int8` and `uint8`.
        float_layers: parts of names of layers that `int8` keeps in float, beside both ends of the graph.
    Raises:
        ArtefactError: the graph needs an op that LiteRT does not have built in; names op and layer.
    """
    converter = _converter(saved_model)
    if quantization == "none":
        return _run(converter.convert)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantization not in ("int8", "uint8"):
        return _run(converter.convert)
    if quantization == "uint8":
        return integers_only(converter, calibration)
    float_ops = ends(_run(_converter(saved_model).convert), float_layers)
    converter.representative_dataset = lambda: ([frame[None]] for frame in calibration[:1])
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=float_ops)
    return _run(lambda: _Quantizer(converter=converter, debug_options=options).quantize(calibration))


class _Quantizer(tf.lite.experimental.QuantizationDebugger):
    """Quantises all but some layers, which the converter alone cannot; the ranges are ours, see `ranges`.

    A debugger first makes a twin with a check behind every layer and loads it: for DeepLab-v2 gigabytes of memory for
    what nobody here looks at.
    """

    def quantize(self, frames: np.ndarray) -> bytes:
        self.calibrated_model = with_true_ranges(bytes(self.calibrated_model), frames)
        return self.get_nondebug_quantized_model()

    def quantize_with_ends(self, frames: np.ndarray) -> bytes:
        """As `quantize`, with an input and outputs of uint8; the input is the frame as it is: scale 1, zero point 0."""
        content = with_true_ranges(bytes(self.calibrated_model), frames, image=(0.0, 255.0))
        return mlir_quantize(content, input_data_type=tf.uint8, output_data_type=tf.uint8)

    def _init_from_converter(self, *arguments, **options):
        pass

    def _initialize_stats(self):
        pass


def _converter(saved_model: Path) -> tf.lite.TFLiteConverter:
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model), signature_keys=["serving_default"])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter


def integers_only(converter: tf.lite.TFLiteConverter, frames: np.ndarray) -> bytes:
    """A file for accelerators that know integers alone: uint8 frame -> uint8 logits, no float in between.

    Args:
        converter: of a graph with a float32 frame.
        frames: uint8 (n, height, width, 3), for the ranges.
    Raises:
        ArtefactError: an op stays in float; names it.
    """
    converter.representative_dataset = lambda: ([frame[None].astype("float32")] for frame in frames[:1])
    content = _run(lambda: _Quantizer(converter=converter).quantize_with_ends(frames))
    if left := float_ops_of(content):
        what = f"ops that stay in float: {', '.join(left[:3])}{' ...' if left[3:] else ''}"
        raise ArtefactError("uint8", what, "An accelerator for integers refuses them: take --quantize int8")
    return content


def float_ops_of(model: bytes) -> list[str]:
    """`RESIZE_BILINEAR of layer x` for every op of a `.tflite` file that gives floats."""
    with quiet():
        interpreter = Interpreter(model_content=model)
    tensors = {one["index"]: one for one in interpreter.get_tensor_details()}
    ops = ((op["op_name"], tensors.get(int(op["outputs"][0]))) for op in interpreter._get_ops_details())
    ops = [(kind, one) for kind, one in ops if kind != "DEQUANTIZE"]  # there is one before every op that is meant
    found = [f"{kind} of {one['name'].split(';')[0]}" for kind, one in ops if one and one["dtype"] == np.float32]
    return list(dict.fromkeys(found))


def ends(model: bytes, float_layers: tuple[str, ...] = ()) -> list[str]:
    """Names of what int8 keeps in float: both ends of the network, and the sums of residual blocks.

    The ends are normalisation with the first two convolutions, and all behind the last one.

    The first convolutions see the whole range of brightness: in 8 bits they make most of the error, and they are cheap.
    Upsampling and softmax are faster in float on the processors that were measured. A sum rounded to 8 bits is rounded
    again in every block behind it: over the 33 blocks of DeepLab-v2 that makes most of the error, and sums are cheap.

    Args:
        model: content of the float32 `.tflite` file.
        float_layers: parts of further names.
    """
    ops = litert_ops(model)
    for part in float_layers:
        if not any(part in name for _, name in ops):
            layers = {layer for _, name in ops for layer in _layers(name)}
            remedy = did_you_mean(part, layers, "Names are those of segmenter.summary()")
            raise UsageError("--float-layers", f"no layer has `{part}` in its name", remedy)
    places = [index for index, (kind, _) in enumerate(ops) if kind in CONVOLUTIONS]
    first = places[FLOAT_CONVOLUTIONS - 1] if len(places) > FLOAT_CONVOLUTIONS else -1
    outer = [name for index, (kind, name) in enumerate(ops) if index <= first or index > places[-1] or kind == "ADD"]
    return outer + [name for _, name in ops if any(part in name for part in float_layers)]


def _run(step):
    """Calls a step of the converter; its pages of C++ output stay off stderr, what matters is in its exception."""
    try:
        with quiet():
            return step()
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
