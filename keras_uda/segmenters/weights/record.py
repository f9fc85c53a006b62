"""`segmenter.json`: what a weights file is, in words that other programs can check. No TensorFlow here."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

from pydantic import Field

from keras_uda.config.field_types import parse_size
from keras_uda.config.moved import OF_SEGMENTERS
from keras_uda.config.moved import read_moved
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.validation import check_options
from keras_uda.config.validation import validated
from keras_uda.core.classes import check_classes
from keras_uda.core.classes import palette
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import sha256
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import is_there
from keras_uda.core.outside import read_bytes
from keras_uda.core.outside import require_regular

RECORD_FILE = "segmenter.json"
WEIGHTS_FILE = "segmenter.weights.h5"
FORMAT, FLAT_FORMAT = 2, 1  # in the first, options of the network stood beside its name
LARGEST_RECORD = 1_000_000
LARGEST_WEIGHTS = 4_000_000_000
LARGEST_FRAME = 16_000_000  # pixels
PREPROCESSING = {
    "input": "RGB uint8 0..255",
    "normalisation": "inside the model",
    "resize": "bilinear, half-pixel centres",
}
KEYS = {"format", "architecture", "arguments", "classes", "palette", "size", "preprocessing", "sha256", "provenance"}
REMEDY = "Use the file that training or import-weights wrote"


class Provenance(Record):
    """Where the weights come from, as far as somebody reads it."""

    at_random: list[str] = Field(default_factory=list)


class Written(Record):
    """The types of the keys."""

    format: int
    architecture: str
    arguments: dict
    classes: list[str]
    palette: list
    size: str
    preprocessing: dict
    sha256: described(Annotated[str, Field(pattern="^[0-9a-f]{64}$")], "a SHA-256")
    provenance: Provenance


def make_record(config: SegmenterConfig, classes: tuple[str, ...], size: str, provenance: dict | None = None) -> dict:
    """The record of a segmenter without its hash, which `save_segmenter` adds.

    Args:
        config: as the segmenter was built.
        classes: names, in the order of the logits.
        size: WIDTHxHEIGHT that the segmenter was trained at.
        provenance: where the weights come from.
    """
    return {
        "format": FORMAT,
        "architecture": config.name,
        "arguments": json.loads(json.dumps(dataclasses.asdict(config))),
        "classes": list(classes),
        "palette": [[int(value) for value in colour] for colour in palette(classes)],
        "size": size,
        "preprocessing": PREPROCESSING,
        "provenance": provenance or {},
    }


def read_record(path: Path) -> tuple[dict, SegmenterConfig]:
    """The checked record of a run folder, and the configuration that builds its segmenter.

    Args:
        path: the folder, or one of the two files in it.
    Raises:
        ArtefactError: missing, not JSON, another format, other keys, or values that no segmenter of ours has.
    """
    path = Path(path)
    path = path.with_name(RECORD_FILE) if path.name in (RECORD_FILE, WEIGHTS_FILE) else path / RECORD_FILE
    if not is_there(path):
        remedy = "Give a run folder; PyTorch files go through `python -m keras_uda import-weights` first"
        raise ArtefactError(path.parent, f"holds no {RECORD_FILE}", remedy)
    content = read_bytes(path, LARGEST_RECORD, error=ArtefactError, remedy=REMEDY)
    try:
        record = parse_json(content, Written)
        _check(record, path)
        config = _config(record)
        for one in (config.crop, *(member.get("crop") for member in config.members)):
            require_possible(one or record["size"], path)
        if config.name != record["architecture"]:
            raise ValueError(f"architecture {record['architecture']!r} but arguments of {config.name!r}")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UsageError) as error:
        raise ArtefactError(path, f"not a valid record ({error})", REMEDY) from error
    return record, config


def check_hash(weights: Path, record: dict) -> None:
    """Raises ArtefactError unless the weights file is the one that its record was written for."""
    require_regular(weights, LARGEST_WEIGHTS, error=ArtefactError, remedy="Train again, or copy the whole folder")
    if sha256(weights) != record["sha256"]:
        what = f"its SHA-256 is not the one in {RECORD_FILE}: truncated or changed"
        raise ArtefactError(weights, what, "Copy both files again, or train again")


def folder_of(path: Path) -> Path:
    """The folder that a path means: the folder itself, or one of the two files in it."""
    return Path(path).parent if Path(path).name in (WEIGHTS_FILE, RECORD_FILE) else Path(path)


def _config(record: dict) -> SegmenterConfig:
    """The configuration of a segmenter, of every member too where it is an ensemble."""
    content = record["arguments"]
    if record["format"] == FLAT_FORMAT:
        members = [_without_unread(member) for member in content.get("members", ())]
        content = read_moved({"segmenter": _without_unread(content) | {"members": members}})["segmenter"]
    config = validated(SegmenterConfig, content, "arguments")
    for one in [validated(SegmenterConfig, member, "members") for member in config.members] or [config]:
        counts = {"levels": one.levels, "classes": len(record["classes"])}
        check_options(one.arguments, segmenter_arguments(one.name), "arguments", one.name, counts)
        if one.levels > segmenter_facts(one.name).levels:
            raise ValueError(f"{one.levels} levels of {one.name}")
    return config


def _without_unread(arguments: dict) -> dict:
    """Flat arguments without those that the network never read; `import-weights` set them nevertheless."""
    known = segmenter_arguments(arguments["name"]) if arguments["name"] in SEGMENTERS else {}
    return {key: value for key, value in arguments.items() if key in known or key not in OF_SEGMENTERS}


def _check(record: dict, path: Path) -> None:
    """What the types of the keys do not say."""
    if set(record) != KEYS:
        raise ValueError(f"its keys must be {', '.join(sorted(KEYS))}")
    if record["format"] not in (FLAT_FORMAT, FORMAT):
        raise ValueError(f"format {record['format']!r}, this version reads {FLAT_FORMAT} and {FORMAT}")
    if record["preprocessing"] != PREPROCESSING:
        raise ValueError(f"preprocessing {record['preprocessing']!r}, this version has {PREPROCESSING!r}")
    check_classes(record["classes"], record["palette"])
    require_possible(record["size"], path)


def require_possible(size: str, path: Path) -> None:
    """Raises `ArtefactError` for frames that no network is trained on: its maps of them would be in memory at once."""
    width, height = parse_size(size)
    if width * height > LARGEST_FRAME:
        limit = f"{LARGEST_FRAME // 10**6} million pixels"
        raise ArtefactError(path, f"it is for frames of {size}, more than {limit}", REMEDY)
