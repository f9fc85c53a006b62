"""Files that a stage makes from images: whole or absent, and a manifest that names each with its hash.

    identity.json    what the files depend on: model, settings, images, ...
    decisions.npz    what was decided before the first file; not of every kind
    <kind>/<name>    the files
    written.jsonl    one line per finished image, while they are being written
    manifest.json    the lines of all images, sorted, and the totals; only when all are there

A killed process goes on with the files that are listed with the right hash; the folder ends byte for byte the same.
"""

import errno
import hashlib
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_uda.core.arrays import read_arrays
from keras_uda.core.atomic import aside_of
from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import folders_below
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.core.json_records import read_json_lines
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import NO_FILE
from keras_uda.core.outside import appended
from keras_uda.core.outside import inside
from keras_uda.core.outside import is_there
from keras_uda.core.outside import read_bytes
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error

FORMAT = 1
LARGEST_IMAGE, LARGEST_MANIFEST = 1000 * MEGABYTE, 256 * MEGABYTE
LONGEST_NAME = 150  # bytes of a path component; names of files may have 255 with their endings and a prefix


class StageFiles:
    """The folder of the files of one kind that one stage makes.

    Args:
        path: of the folder.
        identity: the keys of `causes` -> what they are now.

    Attributes:
        entries: sample name -> what the manifest says of it, with "file" and "sha256".
        plural, singular: what the files are called.
        key: of the manifest, with the entries.
        causes: key of the identity -> what the files were made with where it differs.
        line, record: of `written.jsonl` and of `manifest.json`.
        decides: whether files go with decisions that were made before the first.
        remedy: where finished files are refused.
    """

    plural, singular, key = "", "", ""
    causes: dict[str, str] = {}
    line: type[Record] = Record
    record: type[Record] = Record
    decides = False
    remedy = "Run again with --regenerate to make them again"

    def __init__(self, path: Path, identity: dict[str, object]):
        self.path, self.identity = Path(path), {"format": FORMAT, **identity}
        self.entries: dict[str, dict] = {}

    def open(self, regenerate: bool = False) -> bool:
        """Finds what can be used again; removes what a killed process left half done.

        Args:
            regenerate: make files that are not as they were written again, instead of refusing them.
        Returns:
            Whether all files are there.
        Raises:
            DataError: finished files were changed, are missing, or belong to something else.
        """
        with resource_errors(self.path):
            for folder in folders_below(self.path) if self.path.is_dir() else ():
                remove_dead_leftovers(folder)
            if (self.path / "manifest.json").exists():
                return self._open_finished(regenerate)
            listed = list(read_lines(self.path / "written.jsonl", self.line))
            if self._stored_identity() != self.identity:
                remove(self.path)
                listed = []
            self._begin(entry for entry in listed if not self._fault(entry))
        return False

    def _open_finished(self, regenerate: bool) -> bool:
        named = read_checked(self.path / "manifest.json", self.record).get(self.key, {})
        listed = [{"name": name, **entry} for name, entry in named.items()]
        strange = [
            cause for key, cause in self.causes.items() if self._stored_identity().get(key) != self.identity[key]
        ]
        if strange and not regenerate:
            raise DataError(self.path, f"the {self.plural} were made with {' and '.join(strange)}", self.remedy)
        faults = [Problem(self.path / entry["file"], fault) for entry in listed if (fault := self._fault(entry))]
        if not strange and listed and not faults:
            self.entries = {entry.pop("name"): entry for entry in listed}
            remove(self.path / "written.jsonl")
            return True
        if not regenerate:
            problems = faults or [Problem(self.path / "manifest.json", "damaged")]
            raise data_error(self.plural, problems, len(listed), self.remedy)
        warn(f"{self.path}: {len(faults) or 'all'} {self.plural} are made again")
        if strange or not listed:
            remove(self.path)
            listed = []
        self._begin(entry for entry in listed if not self._fault(entry))
        return False

    def _begin(self, usable: Iterable[dict]) -> None:
        if self.decides and not self.decisions():  # what these files came from is lost: another may be decided now
            usable = []
        self.entries = {entry["name"]: {k: v for k, v in entry.items() if k != "name"} for entry in usable}
        self.path.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path / "identity.json", json.dumps(self.identity, indent=1, sort_keys=True))
        atomic_write(self.path / "written.jsonl", "".join(as_line(n, entry) for n, entry in self.entries.items()))
        remove(self.path / "manifest.json")

    def _stored_identity(self) -> dict:
        return read_checked(self.path / "identity.json", Record)

    def _fault(self, entry: dict) -> str:
        try:
            for file, digest in self.hashes(entry):
                if file is not None and hashlib.sha256(self._content(file)).hexdigest() != digest:
                    return "changed since it was written"
            return ""
        except DataError as error:
            return "missing" if error.what == NO_FILE[errno.ENOENT] else error.what

    def _content(self, file: str) -> bytes:
        return read_bytes(inside(self.path, file), LARGEST_IMAGE)

    def hashes(self, entry: dict) -> list[tuple[str | None, str | None]]:
        """(file, its SHA-256) of all files of an image; None: it has no such file."""
        return [(entry["file"], entry["sha256"])]

    def decisions(self) -> dict[str, np.ndarray]:
        """What was decided before the first file; empty if nothing was yet, or the file is damaged."""
        try:
            return read_arrays(self.path / "decisions.npz")
        except UdaError:
            return {}

    def decide(self, **arrays: np.ndarray) -> None:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        atomic_write(self.path / "decisions.npz", stream.getvalue())
        fault_point(f"{self.plural}-decided")

    def listed(self, name: str, entry: dict) -> None:
        """Notes that the files of an image are written.

        Raises:
            ResourceError: the disk refuses; what was written before stays usable.
        """
        fault_point(f"{self.singular}-written")
        with appended(self.path / "written.jsonl") as stream:
            stream.write(as_line(name, entry))
        self.entries[name] = entry
        fault_point(f"{self.singular}-listed")

    def _write(self, kind: str, name: str, content: bytes) -> tuple[str, str]:
        file = f"{kind}/{safe_name(name)}"
        path = self.path / file
        with resource_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside_of(path) as aside:
                aside.write_bytes(content)
                fault_point(f"{self.singular}-before-rename")
                # No flush to the disk: every file is checked against its hash before it is used.
                os.replace(aside, path)
        return file, hashlib.sha256(content).hexdigest()

    def finish(self, **totals: object) -> dict:
        """Writes and returns the manifest; from now on the files are complete."""
        head = json.dumps({**self.identity, **totals}, indent=1, sort_keys=True, allow_nan=False)
        entries = (
            f"{json.dumps(name)}: {json.dumps(self.entries[name], sort_keys=True)}" for name in sorted(self.entries)
        )
        fault_point(f"{self.plural}-before-manifest")
        text = head.removesuffix("\n}") + f',\n "{self.key}": {{\n  ' + ",\n  ".join(entries) + "\n }\n}\n"
        atomic_write(self.path / "manifest.json", text)
        fault_point(f"{self.plural}-finished")
        remove(self.path / "written.jsonl")
        return self.manifest()

    def manifest(self) -> dict:
        """The manifest; empty while files are missing."""
        return read_checked(self.path / "manifest.json", self.record)

    def files(self, kind: str = "file") -> dict[str, str]:
        """Sample name -> path of its file, or of another that its entry names."""
        return {name: str(self.path / entry[kind]) for name, entry in self.entries.items()}


def as_line(name: str, entry: dict) -> str:
    return json.dumps({"name": name, **entry}, sort_keys=True) + "\n"


def read_lines(path: Path, kind: type[Record]) -> Iterable[dict]:
    """The whole lines of a file of JSON lines; it ends where a kill cut it."""
    for _, line in read_json_lines(path, kind) if is_there(path) else ():
        if isinstance(line, ValueError):
            return
        yield line


def read_checked(path: Path, kind: type[Record]) -> dict:
    """A record of the folder; empty if it is not there or damaged."""
    try:
        return read_json(path, kind, LARGEST_MANIFEST)
    except UdaError:
        return {}


def safe_name(name: str) -> str:
    """The relative path of a sample, ending in `.png`; components that are too long for more are replaced by a hash."""
    parts = []
    for part in name.split("/"):
        long = len(os.fsencode(part)) > LONGEST_NAME
        parts.append(hashlib.sha256(os.fsencode(part)).hexdigest() if long else part)
    return "/".join(parts).removesuffix(".png") + ".png"
