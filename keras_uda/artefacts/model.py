"""A model that is ready to run, and whether what its file says of itself is what we export."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_uda.artefacts import manifest
from keras_uda.artefacts.metadata import parse_metadata
from keras_uda.artefacts.metadata import read_metadata
from keras_uda.artefacts.trial import guarded
from keras_uda.config.field_types import parse_size
from keras_uda.core.classes import palette
from keras_uda.core.errors import ArtefactError
from keras_uda.core.runnable import RunnableModel

UNKNOWN_CLASSES = 255
OUTPUT_TYPES = {"label_map": ("uint8",), "confidence": ("uint8",), "logits": ("float32", "int8")}
LABEL_MAP_ALONE = {"label_map": "uint8", "confidence": None, "logits": None}


def model_of(run: Callable, path: Path, described: dict, kind: str, sha256: str) -> RunnableModel:
    """The model with what its record says of it: `classes`, `palette` (None: that of its classes) and `size`."""
    classes, colours = described["classes"], described["palette"]
    colours = palette(classes) if colours is None else np.array(colours, np.uint8)
    return RunnableModel(guarded(run, path), classes, colours, parse_size(described["size"]), kind, sha256)


def checked_model(path: Path, runner: Callable, signature: dict, known: tuple | None, kind: str) -> RunnableModel:
    """Compares the signature with what we export and with `export.json`."""
    image, gives = signature.get("image"), {name: signature.get(name, [None])[0] for name in OUTPUT_TYPES}
    if not image or image[0] != "uint8" or len(image) != 5 or not _is_a_form(gives):
        what = (
            "its signature is not image uint8 (batch, height, width, 3) -> label_map uint8 (with or without confidence)"
        )
        raise ArtefactError(path, f"{what}, or logits", "Export it with export.py")
    model = _described(path, runner, image, known, kind)
    if gives["logits"] and signature["logits"][-1] != len(model.classes):
        what = (
            f"gives logits of {signature['logits'][-1]} classes, not label_map, and {len(model.classes)} are described"
        )
        raise ArtefactError(path, what, "Keep export.json beside it, or export again")
    return model._replace(gives_confidence=gives != LABEL_MAP_ALONE)


def _is_a_form(gives: dict[str, str | None]) -> bool:
    """Whether the types of the outputs are those of a form of ours."""
    right = all(kind is None or kind in OUTPUT_TYPES[name] for name, kind in gives.items())
    return right and (gives["label_map"] is not None) != (gives["logits"] is not None)


def _described(path: Path, runner: Callable, image: list, known: tuple | None, kind: str) -> RunnableModel:
    """The model with what its record, or the file itself, says of it."""
    if known is not None:
        entry, height, width = known[0], *image[2:4]
        if (width or 0, height or 0) not in ((0, 0), parse_size(entry["size"])):
            raise ArtefactError(
                path, f"takes {width}x{height}, {manifest.MANIFEST} says {entry['size']}", "Export again"
            )
        return model_of(runner, path, entry, kind, known[1]["sha256"])
    if not image[2] or not image[3]:
        raise ArtefactError(
            path, "takes any size, and no export.json tells which is right", "Keep export.json beside it"
        )
    described = {"classes": _classes_inside(path, runner), "size": f"{image[3]}x{image[2]}", "palette": None}
    return model_of(runner, path, described, kind, manifest.hash_of(path))


def _classes_inside(path: Path, runner: Callable) -> list[str]:
    """Names of the classes out of the file itself, where it is a `.tflite` or `.onnx` of ours without `export.json`."""
    inside = parse_metadata(runner.description()) if path.suffix == ".onnx" else read_metadata(path)
    names = (inside or {}).get("classes")
    if isinstance(names, list) and 0 < len(names) <= UNKNOWN_CLASSES and all(map(_is_name, names)):
        return names
    return [f"class {index}" for index in range(UNKNOWN_CLASSES)]


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isprintable() and len(name) <= manifest.LONGEST_TEXT
