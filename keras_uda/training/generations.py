"""`manifest.json` of a generation: its step, what it belongs to and a hash of every file, under a hash of its own."""

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated
from typing import Literal

from pydantic import Field

from keras_uda.core.errors import ArtefactError
from keras_uda.core.files import sha256
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_text
from keras_uda.core.outside import require_regular

FORMAT = 2
MANIFEST = "manifest.json"
NAME = re.compile(r"step-(\d{8,12})")


class Manifest(Record):
    """Format 1, of earlier versions, has no hash of its own, no sizes and no variables."""

    format: Literal[1, 2]
    step: Annotated[int, Field(ge=0)]
    identity: dict[str, str]
    variables: str = ""
    files: dict[str, str]
    sizes: dict[str, int] = {}
    sha256: str = ""


def name_of(step: int) -> str:
    """The name of the folder of a generation."""
    return f"step-{step:08d}"


def step_of(generation: Path) -> int:
    """The step that the name of a folder says; -1 if it is not the name of a generation."""
    match = NAME.fullmatch(generation.name)
    return int(match[1]) if match else -1


def write_manifest(folder: Path, step: int, identity: dict[str, str], variables: str) -> None:
    """Writes the manifest of what is in `folder`.

    Args:
        folder: of a generation, complete but for its manifest.
        step: that it is of.
        identity: what must be equal for a resume to be exact.
        variables: hash of names, types and shapes in their order.
    """
    files = sorted(folder.iterdir())
    content = {"format": FORMAT, "step": step, "identity": identity, "variables": variables}
    content |= {"files": {path.name: sha256(path) for path in files}}
    content |= {"sizes": {path.name: path.stat().st_size for path in files}}
    (folder / MANIFEST).write_text(_sealed(content))


def read_manifest(generation: Path) -> tuple[dict, str]:
    """(manifest, "") if every byte of the generation is as it was written, else ({}, what is wrong)."""
    try:
        text = read_text(generation / MANIFEST, MEGABYTE, error=ArtefactError)
        manifest = parse_json(text, Manifest)
        _require_own(generation, manifest, text)
        for name, expected in manifest["files"].items():
            require_regular(generation / name, manifest.get("sizes", {}).get(name), error=ArtefactError)
            if sha256(generation / name) != expected:
                raise ValueError(f"{name} is damaged")
    except ValueError as error:
        return {}, str(error)
    except ArtefactError as error:
        return {}, f"{Path(error.where).name}: {error.what}"
    except OSError as error:
        return {}, f"it cannot be read ({error.strerror})"
    return manifest, ""


def _require_own(generation: Path, manifest: dict, text: str) -> None:
    """Raises `ValueError` unless the manifest is as it was written, and speaks of this folder."""
    entries = {key: value for key, value in manifest.items() if key != "sha256"}
    if text != (_sealed(entries) if manifest["format"] == FORMAT else json.dumps(entries, indent=1)):
        raise ValueError(f"{MANIFEST} is damaged")
    if generation.name != name_of(manifest["step"]):
        raise ValueError(f"{MANIFEST} is of step {manifest['step']}, and the folder is not")
    if {path.name for path in generation.iterdir()} != {*manifest["files"], MANIFEST}:
        raise ValueError("files were added or removed")


def _sealed(content: dict) -> str:
    """The text of a manifest: its entries, and last the hash over them."""
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return json.dumps(content | {"sha256": digest}, indent=1)
