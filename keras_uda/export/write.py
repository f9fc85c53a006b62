"""What an export writes: a SavedModel with three signatures, `.tflite` files by quantisation, an `.onnx` file."""

import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from functools import cache
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.artefacts.manifest import outputs_of
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import CALIBRATED
from keras_uda.config.names import FORMATS
from keras_uda.core import apart
from keras_uda.core.console import say
from keras_uda.core.fault_points import fault_point
from keras_uda.export import steps
from keras_uda.export.source import Source
from keras_uda.export.tails import WHOLE
from keras_uda.export.tails import Tail
from keras_uda.export.tails import integer_tails_of
from keras_uda.export.tails import tails_of


class Wanted(NamedTuple):
    """What to export.

    Args:
        formats: out of `saved_model`, `tflite`, `onnx`.
        quantize: out of `names.QUANTIZATIONS` and `OPTIONAL_QUANTIZATIONS`; one .tflite file each.
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
        bounds: names its row of `bounds.BOUNDS`.
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
    source: Source, description: dict, wanted: Wanted, calibration: Callable[[], np.ndarray]
) -> Iterator[Artefact]:
    """The artefacts of an export one after the other, to be written; one that fails leaves the others alone.

    Each is written by a process of its own, because no converter gives back the memory that it took.

    Args:
        source: the run, and the branch of its segmenter.
        description: what `export.json` says about the model; it travels inside the artefacts.
        wanted: formats and quantisations.
        calibration: gives uint8 target frames (n, height, width, 3) when int8 asks for them.
    """
    for tail, suffix in tails_of(wanted.outputs, wanted.argmax).items():
        described = description | {"outputs": outputs_of(tail.names)}
        for form, make in FORMS.items():
            if form in wanted.formats:
                yield from make(source, described, wanted, calibration, (tail, suffix))


def _saved_model(source: Source, description: dict, wanted: Wanted, _, form: tuple[Tail, str]) -> Iterator[Artefact]:
    tail, ending = form
    make = partial(apart.call, steps.write_saved_model, source, description, tail, wanted.input_size)
    yield Artefact(f"saved_model{ending}", f"saved_model{ending}/1", "saved_model", make, tail)


def _onnx(source: Source, description: dict, wanted: Wanted, _, form: tuple[Tail, str]) -> Iterator[Artefact]:
    tail, ending = form
    make = partial(apart.call, steps.write_onnx, source, description, tail)
    yield Artefact(f"onnx{ending}", f"model{ending}.onnx", "onnx", make, tail)


def _litert(
    source: Source, description: dict, wanted: Wanted, calibration: Callable, form: tuple[Tail, str]
) -> Iterator[Artefact]:
    tail, integers = form[0], integer_tails_of(wanted.outputs, wanted.argmax)
    with tempfile.TemporaryDirectory() as place:

        @cache
        def graph(one: Tail, dtype: str) -> Path:
            folder = Path(place) / f"{one.outputs}_{dtype}"
            apart.call(steps.write_graph, source, parse_size(description["size"]), one, dtype, folder)
            return folder

        for kind in wanted.quantize:
            if kind == "uint8" and tail not in integers:
                continue  # written with an earlier form
            own, ending = integers[tail] if kind == "uint8" else form
            # Accelerators take an integer input, which the quantiser makes of floats.
            dtype = "float32" if kind == "uint8" else "uint8"
            described = description | {"outputs": outputs_of(own.names)}

            def make(path: Path, kind: str = kind, own: Tail = own, dtype: str = dtype, described: dict = described):
                frames = calibration() if kind in CALIBRATED else None
                apart.call(steps.write_litert, graph(own, dtype), described, kind, frames, wanted.float_layers, path)

            suffix = ending if kind == "none" else f"{ending}_{kind}"
            yield Artefact(f"tflite{suffix}", f"model{suffix}.tflite", kind, make, own)


FORMS = {"saved_model": _saved_model, "onnx": _onnx, "tflite": _litert}  # in the order in which they are written
