"""What an export does in processes of their own; each loads what it needs, and writes one thing."""

import json
from pathlib import Path

import numpy as np

from keras_uda.artefacts.metadata import metadata
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import OPTIONAL_QUANTIZATIONS
from keras_uda.config.names import resolve
from keras_uda.core import runtime
from keras_uda.export import litert
from keras_uda.export import onnx_model
from keras_uda.export import task_file
from keras_uda.export.fold import fold
from keras_uda.export.graph import Graph
from keras_uda.export.graph import about_function
from keras_uda.export.graph import any_size_function
from keras_uda.export.graph import encoded_function
from keras_uda.export.graph import fixed_size_function
from keras_uda.export.graph import trace
from keras_uda.export.saved_model import write_saved_model as write_signatures
from keras_uda.export.source import Source
from keras_uda.export.tails import Tail
from keras_uda.ops.image_files import ERRORS


def write_saved_model(source: Source, description: dict, tail: Tail, input_size: str, path: Path) -> None:
    """The SavedModel with three signatures, for frames of a free batch.

    Args:
        source: the run, and the branch of its segmenter.
        description: what `export.json` says about the model.
        tail: form of the outputs.
        input_size: `fixed` or `free`.
        path: new folder.
    """
    graph = trace(fold(source.load()), parse_size(description["size"]), None, tail)
    write_signatures(path, signatures_of(graph, description, input_size), graph.weights)


def signatures_of(graph: Graph, description: dict, input_size: str) -> dict:
    """`serving_default`: frames -> maps. `encoded`: image files -> PNG files. `about`: what a client must know."""
    identity = description["segmenter"]["sha256"][:16]
    known = description | {"model": identity, "errors": ERRORS, "orientation": "files are turned as their EXIF says"}
    frames = any_size_function if input_size == "free" else fixed_size_function
    return {
        "serving_default": frames(graph),
        "encoded": encoded_function(graph, identity),
        "about": about_function(json.dumps(known, ensure_ascii=False)),
    }


def write_onnx(source: Source, description: dict, tail: Tail, path: Path) -> None:
    """The `.onnx` file; for the arguments see `write_saved_model`."""
    graph = trace(source.load(), parse_size(description["size"]), None, tail)
    path.write_bytes(onnx_model.convert(graph, description))


def write_graph(source: Source, size: tuple[int, int], tail: Tail, dtype: str, path: Path) -> None:
    """The SavedModel that every `.tflite` file is converted from: batch 1, one signature, nothing else.

    Args:
        source: the run, and the branch of its segmenter.
        size: (width, height) of the frames.
        tail: form of the outputs.
        dtype: of the frames.
        path: new folder.
    """
    graph = trace(source.load(), size, 1, tail, dtype)
    write_signatures(path, {"serving_default": fixed_size_function(graph)}, graph.weights)


def write_litert(
    graph: Path,
    description: dict,
    quantization: str,
    frames: np.ndarray | None,
    float_layers: tuple[str, ...],
    path: Path,
) -> None:
    """A `.tflite` file.

    Args:
        graph: what `write_graph` wrote.
        description: what `export.json` says about the model; it travels inside.
        quantization: one of `names.QUANTIZATIONS` or `OPTIONAL_QUANTIZATIONS`.
        frames: uint8 (n, height, width, 3) that int8 is calibrated on.
        float_layers: parts of names of layers that int8 keeps in float.
        path: new file.
    """
    runtime.set_up(seed=0)
    content = content_of(graph, quantization, frames, float_layers)
    if "logits" in description["outputs"]:
        content = task_file.of_logits(content, description)
    path.write_bytes(content + metadata(description))


def content_of(graph: Path, quantization: str, frames: np.ndarray | None, float_layers: tuple[str, ...]) -> bytes:
    """The content of the file without its description; for the arguments see `write_litert`."""
    if quantization in OPTIONAL_QUANTIZATIONS:
        quantize = resolve(OPTIONAL_QUANTIZATIONS, quantization, "export")
        return quantize(litert.convert(graph), frames, float_layers)
    return litert.convert(graph, quantization, frames, float_layers)
