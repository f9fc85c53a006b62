"""`export.json`: what an export folder holds, in words that a client can check. No TensorFlow here."""

import hashlib
import json
import os
import re
from pathlib import Path
from pathlib import PurePath
from pathlib import PurePosixPath

from keras_uda.config import parse_size
from keras_uda.data.image_files import LARGEST_PIXELS
from keras_uda.data.labels import check_classes
from keras_uda.errors import ArtefactError
from keras_uda.errors import UsageError
from keras_uda.files import sha256

MANIFEST = "export.json"
LARGEST_MANIFEST = 4_000_000
LONGEST_NAME = 255  # bytes that a file system takes
OWN_LEVELS = 2  # an export of ours lists nothing deeper than saved_model/1
KEYS = {"format", "classes", "palette", "size", "input", "outputs", "preprocessing", "artefacts"}
INPUT = {"name": "image", "dtype": "uint8", "shape": "batch, height, width, 3", "colour": "RGB", "range": [0, 255]}
OUTPUTS = {
    "label_map": {"dtype": "uint8", "shape": "batch, height, width", "meaning": "index of the class"},
    "confidence": {
        "dtype": "uint8",
        "shape": "batch, height, width",
        "meaning": "round(255 x max softmax of the upsampled logits)",
    },
}


def hash_of(path: Path | str) -> str:
    """SHA-256 of a file, or of all files of a folder with their relative names (extra assets left out)."""
    path = Path(path)
    if path.is_file():
        return sha256(path)
    digest = hashlib.sha256()
    for file in sorted(_files(path), key=lambda file: file.relative_to(path).as_posix()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{sha256(file)}\n".encode())
    return digest.hexdigest()


def size_of(path: Path | str) -> int:
    """Bytes of a file or of all files below a folder."""
    path = Path(path)
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in _files(path))


def _files(folder: Path) -> list[Path]:
    found = []
    for place, _, names in os.walk(folder):
        if Path(place).relative_to(folder).parts[:1] != ("assets.extra",):
            found += [Path(place) / name for name in names]
    return found


def read_manifest(folder: Path) -> dict:
    """The checked `export.json` of a folder.

    Raises:
        ArtefactError: missing, not JSON, another format, keys missing, or values that no export of ours has.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise ArtefactError(folder, f"holds no {MANIFEST}", "Give a folder that export.py wrote")
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError("too large")
        content = json.loads(path.read_text(encoding="utf-8"))
        _check(content)
    except (OSError, ValueError, TypeError, RecursionError, UsageError) as error:
        raise ArtefactError(path, f"not a valid record ({error})", "Export again") from error
    return content


def _check(content: object) -> None:
    if not isinstance(content, dict) or not content.keys() >= KEYS:
        raise ValueError(f"its keys must include {', '.join(sorted(KEYS))}")
    if content["format"] != 1:
        raise ValueError(f"format {content['format']!r}, this version reads 1")
    check_classes(content["classes"], content["palette"])
    width, height = parse_size(content["size"])
    if width * height > LARGEST_PIXELS:
        raise ValueError(f"{width}x{height} is more than {LARGEST_PIXELS // 10**6} million pixels")
    entries = content["artefacts"]
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ValueError("artefacts must be a mapping of mappings")
    for name, entry in entries.items():
        file = PurePosixPath(entry.get("file"))
        if not file.parts or file.is_absolute() or ".." in file.parts or len(str(file).encode()) > LONGEST_NAME:
            raise ValueError(f"{name}: the file is not one of this folder")
        if not re.fullmatch("[0-9a-f]{64}", entry.get("sha256")):
            raise ValueError(f"{name}: sha256 is not a SHA-256")


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
        raise ArtefactError(artefact, f"its SHA-256 is not the one in {MANIFEST}: cut or changed", remedy)
