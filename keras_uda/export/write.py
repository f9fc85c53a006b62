"""What an export writes: a SavedModel with three signatures, `.tflite` files by quantisation, an `.onnx` file."""

import json
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from keras_uda.artefacts.manifest import outputs_of
from keras_uda.artefacts.metadata import metadata
from keras_uda.config.names import FORMATS
from keras_uda.config.schema import parse_size
from keras_uda.core.console import say
from keras_uda.core.fault_points import fault_point
from keras_uda.export import litert
from keras_uda.export import onnx_model
from keras_uda.export import task_file
from keras_uda.export.graph import FrozenGraph
from keras_uda.export.graph import about_function
from keras_uda.export.graph import any_size_function
from keras_uda.export.graph import encoded_function
from keras_uda.export.graph import fixed_size_function
from keras_uda.export.graph import freeze
from keras_uda.export.saved_model import write_saved_model
from keras_uda.export.tails import WHOLE
from keras_uda.export.tails import Tail
from keras_uda.export.tails import tails_of
from keras_uda.ops.image_files import ERRORS


class Wanted(NamedTuple):
    """What to export.

    Args:
        formats: out of `saved_model`, `tflite`, `onnx`.
        quantize: out of `names.QUANTIZATIONS` and `selective`; one .tflite file each.
        input_size: of the SavedModel: `fixed` (the size of the network) or `free` (resized in the graph).
        calibration: target frames that int8 is calibrated on.
        float_layers: parts of names of layers that int8 keeps in float.
        licence: of the weights; travels with every artefact.
        branch: of a segmenter with two scales, out of `names.BRANCHES`.
        outputs: out of `names.OUTPUTS`; with `argmax`, one artefact of every kind for each form.
        argmax: out of `names.ARGMAX`.
    """

    formats: tuple[str, ...] = FORMATS
    quantize: tuple[str, ...] = ("none",)
    input_size: str = "fixed"
    calibration: int = 100
    float_layers: tuple[str, ...] = ()
    licence: str = "not stated"
    branch: str = "fused"
    outputs: tuple[str, ...] = ("maps",)
    argmax: tuple[str, ...] = ("full",)


class Artefact(NamedTuple):
    """One file or folder of the export.

    Args:
        name: key in `export.json`.
        file: below the export folder.
        bounds: names its row of `parity.BOUNDS`.
        make: writes it to a path.
        tail: form of its outputs.
    """

    name: str
    file: str
    bounds: str
    make: Callable[[Path], object]
    tail: Tail = WHOLE

    def write(self, folder: Path) -> None:
        """Writes it into the folder of the export."""
        say(f"writing {self.file}")
        self.make(folder / self.file)
        fault_point("export-written")


def artefacts_of(
    segmenter: keras.Model, description: dict, wanted: Wanted, calibration: Callable[[], np.ndarray]
) -> Iterator[Artefact]:
    """The artefacts of an export one after the other, to be written; one that fails leaves the others alone.

    Args:
        segmenter: float32.
        description: what `export.json` says about the model; it travels inside the artefacts.
        wanted: formats and quantisations.
        calibration: gives uint8 target frames (n, height, width, 3) when int8 asks for them.
    """
    for tail, suffix in tails_of(wanted.outputs, wanted.argmax).items():
        described = description | {"outputs": outputs_of(tail.names)}
        yield from _artefacts_of_tail(segmenter, described, wanted, calibration, (tail, suffix))


def _artefacts_of_tail(
    segmenter: keras.Model,
    description: dict,
    wanted: Wanted,
    calibration: Callable[[], np.ndarray],
    form: tuple[Tail, str],
) -> Iterator[Artefact]:
    tail, ending = form
    size = parse_size(description["size"])
    free = freeze(segmenter, size, None, tail) if {"saved_model", "onnx"} & set(wanted.formats) else None
    if "saved_model" in wanted.formats:
        signatures = saved_model_signatures(free, description, wanted.input_size)
        make = lambda path: write_saved_model(path, signatures)  # noqa: E731
        yield Artefact(f"saved_model{ending}", f"saved_model{ending}/1", "saved_model", make, tail)
    if "onnx" in wanted.formats:
        make = lambda path: path.write_bytes(onnx_model.convert(free, description))  # noqa: E731
        yield Artefact(f"onnx{ending}", f"model{ending}.onnx", "onnx", make, tail)
    graph = freeze(segmenter, size, 1, tail) if "tflite" in wanted.formats else None
    for kind in wanted.quantize if graph else ():

        def make(path: Path, kind: str = kind) -> None:
            content = litert_content(graph, kind, calibration, wanted.float_layers)
            if tail.outputs == "logits":
                content = task_file.of_logits(content, description)
            path.write_bytes(content + metadata(description))

        suffix = ending if kind == "none" else f"{ending}_{kind}"
        yield Artefact(f"tflite{suffix}", f"model{suffix}.tflite", kind, make, tail)


def litert_content(
    graph: FrozenGraph, quantization: str, calibration: Callable[[], np.ndarray], float_layers: tuple[str, ...]
) -> bytes:
    """A `.tflite` file by one of `names.QUANTIZATIONS`, or `selective`."""
    if quantization == "selective":
        from keras_uda.export import selective

        return selective.quantize(litert.convert(graph), calibration(), float_layers)
    frames = calibration() if quantization == "int8" else None
    return litert.convert(graph, quantization, frames, float_layers)


def saved_model_signatures(graph: FrozenGraph, description: dict, input_size: str) -> dict:
    """`serving_default`: frames -> maps. `encoded`: image files -> PNG files. `about`: what a client must know."""
    identity = description["segmenter"]["sha256"][:16]
    known = description | {"model": identity, "errors": ERRORS, "orientation": "files are turned as their EXIF says"}
    frames = any_size_function if input_size == "free" else fixed_size_function
    return {
        "serving_default": frames(graph),
        "encoded": encoded_function(graph, identity),
        "about": about_function(json.dumps(known, ensure_ascii=False)),
    }
