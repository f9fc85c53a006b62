"""int8 by ai-edge-quantizer (extra `quantizer`), the peer of the converter's own: float32 `.tflite` -> int8 file."""

import contextlib
import io
import re
from collections.abc import Collection
from collections.abc import Iterator

import numpy as np

from keras_uda.core.console import quiet
from keras_uda.core.errors import ArtefactError
from keras_uda.export.litert import ends

FAILURES = (RuntimeError, ValueError, KeyError, TypeError)


def quantize(model: bytes, calibration: np.ndarray, float_layers: tuple[str, ...] = ()) -> bytes:
    """The content of an int8 `.tflite` file; in float stays what the converter's own keeps there, see `litert.ends`.

    Args:
        model: content of the float32 `.tflite` file.
        calibration: uint8 (n, height, width, 3) target frames.
        float_layers: parts of names of layers that stay in float as well.
    Raises:
        ArtefactError: the quantiser fails.
    """
    try:
        return with_float_ops(model, statistics(model, calibration), set(ends(model, float_layers)))
    except FAILURES as error:
        raise failure(error) from error


def failure(error: Exception) -> ArtefactError:
    """The one line of what the quantiser raises."""
    return ArtefactError("ai-edge-quantizer", f"fails ({' '.join(str(error).split())[:120]})", "Take --quantize int8")


def statistics(model: bytes, calibration: np.ndarray) -> dict:
    """Ranges of all activations over the frames, as the quantiser takes them."""
    with hushed():
        return _quantizer(model, ()).calibrate({"serving_default": [{"image": frame[None]} for frame in calibration]})


def with_float_ops(model: bytes, known: dict, float_ops: Collection[str]) -> bytes:
    """All in 8 bits but some ops.

    Args:
        model: content of the float32 `.tflite` file.
        known: of `statistics`.
        float_ops: names of the outputs of ops that stay in float.
    """
    with hushed():
        return bytes(_quantizer(model, float_ops).quantize(known).quantized_model)


def _quantizer(model: bytes, float_ops: Collection[str]):
    from ai_edge_quantizer import quantizer
    from ai_edge_quantizer import recipe

    one = quantizer.Quantizer(model)
    one.load_quantization_recipe(recipe.static_wi8_ai8())
    for name in sorted(float_ops):
        everything = recipe.qtyping.TFLOperationName.ALL_SUPPORTED
        # The quantiser searches; short names such as `sub` are part of many others.
        one.update_quantization_recipe(f"^{re.escape(name)};?$", everything, algorithm_key="no_quantize")
    return one


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """The quantiser prints its progress and sizes."""
    with quiet(), contextlib.redirect_stdout(io.StringIO()):
        yield
