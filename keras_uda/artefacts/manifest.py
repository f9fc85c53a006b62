"""`export.json`: what an export folder holds, in words that a client can check. No TensorFlow here."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from pathlib import PurePath
from pathlib import PurePosixPath
from typing import Annotated

from annotated_types import Predicate
from pydantic import Field

from keras_uda.config.field_types import parse_size
from keras_uda.core.classes import check_classes
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import folders_below
from keras_uda.core.files import is_folder
from keras_uda.core.files import sha256
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import LARGEST_PIXELS
from keras_uda.core.outside import read_bytes
from keras_uda.core.outside import require_regular

MANIFEST = "export.json"
EXPORTS = Path("exports")
LARGEST_MANIFEST = 4_000_000
LONGEST_NAME = 255  # bytes that a file system takes
LONGEST_TEXT = 1000
MOST_FILES = 10_000
OWN_LEVELS = 2  # an export of ours lists nothing deeper than saved_model/1


def _is_inside(file: str) -> bool:
    """Whether a relative path stays in its folder."""
    parts = PurePosixPath(file).parts
    inside = bool(parts) and not file.startswith("/") and ".." not in parts
    return inside and len(file.encode()) <= LONGEST_NAME


Line = Annotated[str, Field(max_length=LONGEST_TEXT), Predicate(str.isprintable)]
Text = described(Line, "a text without control characters")
Count = described(Annotated[int, Field(ge=0, lt=2**63)], "a whole number, 0 or more")
Fraction = Annotated[float, Field(ge=0, le=1)]


class Segmenter(Record):
    """Which network it was."""

    architecture: Text


class CheckedOn(Record):
    """Which frames the artefacts were compared on."""

    frames: Text = Field(alias="from")


class Entry(Record):
    """An artefact."""

    file: described(Annotated[Line, Predicate(_is_inside)], "a file of this folder")
    sha256: described(Annotated[str, Field(pattern="^[0-9a-f]{64}$")], "a SHA-256")
    size_bytes: Count
    agreement: described(Fraction, "a number from 0 to 1")
    miou: described(Fraction | None, "a number from 0 to 1, or null")


class Failure(Record):
    """An artefact that was not published."""

    file: described(Annotated[Line, Predicate(_is_inside)], "a file of this folder")
    why: Text
    remedy: Text


class Manifest(Record):
    """What is read by somebody."""

    format: Count
    classes: list
    palette: list
    size: Text
    input: dict
    outputs: dict
    preprocessing: dict
    segmenter: Segmenter
    checked_on: CheckedOn
    artefacts: dict[str, Entry]
    failed: dict[str, Failure] = Field(default_factory=dict)


INPUT = {"name": "image", "dtype": "uint8", "shape": "batch, height, width, 3", "colour": "RGB", "range": [0, 255]}
OUTPUTS = {  # every output that some form has
    "label_map": {"dtype": "uint8", "shape": "batch, height, width", "meaning": "index of the class"},
    "confidence": {
        "dtype": "uint8",
        "shape": "batch, height, width",
        "meaning": "round(255 x max softmax of the upsampled logits)",
    },
    "logits": {
        "dtype": "float32",
        "shape": "batch, height / stride, width / stride, classes",
        "meaning": "before upsampling (bilinear, aligned corners), softmax and argmax",
    },
}


def outputs_of(names: Sequence[str]) -> dict[str, dict]:
    """What a form gives."""
    return {name: values for name, values in OUTPUTS.items() if name in names}


def hash_of(path: Path | str) -> str:
    """SHA-256 of a file, or of all files of a folder with their relative names (extra assets left out)."""
    path = Path(path)
    if not path.is_dir():
        return _sha256(path)
    digest = hashlib.sha256()
    for file in sorted(_files(path), key=lambda file: file.relative_to(path).as_posix()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{_sha256(file)}\n".encode())
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    require_regular(file, error=ArtefactError, remedy="Export again")
    return sha256(file)


def size_of(path: Path | str) -> int:
    """Bytes of a file or of all files below a folder."""
    path = Path(path)
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in _files(path))


def _files(folder: Path) -> list[Path]:
    found = []
    for place in folders_below(folder):
        if place.relative_to(folder).parts[:1] != ("assets.extra",):
            found += [Path(entry.path) for entry in os.scandir(place) if not is_folder(entry)]
        if len(found) > MOST_FILES:
            raise ArtefactError(folder, f"holds more than {MOST_FILES} files, as no model does", "Export again")
    return found


def read_manifest(folder: Path) -> dict:
    """The checked `export.json` of a folder.

    Raises:
        ArtefactError: missing, not JSON, another format, keys missing, or values that no export of ours has.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise ArtefactError(folder, f"holds no {MANIFEST}", "Give a folder that export.py wrote")
    text = read_bytes(path, LARGEST_MANIFEST, error=ArtefactError, remedy="Export again")
    try:
        content = parse_json(text, Manifest)
        _check(content)
    except (ValueError, UsageError) as error:
        raise ArtefactError(path, f"not a valid record ({error})", "Export again") from error
    return content


def _check(content: dict) -> None:
    """What the types of the keys do not say."""
    if content["format"] != 1:
        raise ValueError(f"format {content['format']!r}, this version reads 1")
    check_classes(content["classes"], content["palette"])
    if not all(name.isprintable() for name in content["classes"]):
        raise ValueError("classes: a name with control characters")
    width, height = parse_size(content["size"])
    if width * height > LARGEST_PIXELS:
        raise ValueError(f"{width}x{height} is more than {LARGEST_PIXELS // 10**6} million pixels")
    if not content["artefacts"]:
        raise ValueError("artefacts must be a mapping of at least one artefact")


def find_entry(artefact: Path) -> tuple[dict, dict] | None:
    """(record of the export, entry of this artefact in it) from any folder above it; None for a stranger's.

    The path is taken as it was given first, then with its folder and then with itself resolved: stores of data and
    models leave links in an export folder, and beside the target of a link lies no record.
    """
    given = Path(artefact).absolute()
    for place in dict.fromkeys((given, given.parent.resolve() / given.name, given.resolve())):
        for levels_up, folder in enumerate(place.parents, 1):
            manifest = _record(folder, levels_up)
            entry = manifest and _listed(manifest, place.relative_to(folder))
            if entry:
                return manifest, entry
    return None


def _record(folder: Path, levels_up: int) -> dict | None:
    if not os.path.isfile(folder / MANIFEST):
        return None
    try:
        return read_manifest(folder)
    except ArtefactError:
        if levels_up <= OWN_LEVELS:
            raise
        return None  # the name is not ours alone


def _listed(manifest: dict, name: PurePath) -> dict | None:
    return next((entry for entry in manifest["artefacts"].values() if PurePath(entry["file"]) == name), None)


def entry_of(artefact: Path) -> tuple[dict, dict] | None:
    """What `find_entry` finds, if the artefact is still the one that is listed there.

    Raises:
        ArtefactError: it is listed with another hash: cut or changed.
    """
    found = find_entry(artefact)
    if found is not None:
        require_unchanged(artefact, found[1])
    return found


def require_unchanged(artefact: Path, entry: dict) -> None:
    """Raises `ArtefactError` unless an artefact has the hash of its entry: a changed one may be anybody's program."""
    remedy = "Copy the export folder again, or export again"
    if not os.path.exists(artefact):
        raise ArtefactError(artefact, f"is listed in {MANIFEST} but is not there", remedy)
    if hash_of(artefact) != entry["sha256"]:
        raise ArtefactError(artefact, f"its SHA-256 is not the one in {MANIFEST}: truncated or changed", remedy)
