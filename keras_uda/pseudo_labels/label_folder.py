"""The pseudo-labels of one stage on disk: PNGs that are whole or absent, and a manifest that names each with its hash.

    identity.json    what the labels depend on: model, settings, classes, size, images
    decisions.npz    what was decided before the first label: thresholds, counts, classifiers
    labels/<name>    PNG of 8-bit class ids, 255 = no label;   soft/<name>   of 16 bits, one map of C below the other
    written.jsonl    one line per finished label, while they are being written
    manifest.json    the lines of all labels, sorted, and the totals; only when all are there

A killed process goes on with the labels that are listed with the right hash; the folder ends byte for byte the same.
"""

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from keras_uda.core.atomic import aside_of
from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import checked_json
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error

FORMAT = 1
LONGEST_NAME = 150  # bytes of a path component; names of files may have 255 with their endings and a prefix
CAUSES = {
    "model": "the segmenter of another checkpoint",
    "settings": "other settings",
    "classes": "other classes",
    "size": "another size",
    "images": "other images",
}
REMEDY = "Run again with --regenerate to make them again"


class Entry(Record):
    """The labels of one image; `pixels` of each class."""

    file: str
    sha256: str
    pixels: list[int]
    soft: str | None = None
    soft_sha256: str | None = None


class Line(Entry):
    """The labels of one image in `written.jsonl`."""

    name: str


class Manifest(Record):
    """`manifest.json`, with the identity and the totals beside it."""

    labels: dict[str, Entry]


class LabelFolder:
    """The folder of the pseudo-labels of one stage.

    Args:
        path: of the folder.
        identity: the keys of `CAUSES` -> what they are now.

    Attributes:
        entries: sample name -> {"file", "sha256", "pixels" per class, and what the labels carry besides}.
    """

    def __init__(self, path: Path, identity: dict[str, object]):
        self.path, self.identity = Path(path), {"format": FORMAT, **identity}
        self.entries: dict[str, dict] = {}

    def open(self, regenerate: bool = False) -> bool:
        """Finds what can be used again; removes what a killed process left half done.

        Args:
            regenerate: make labels that are not as they were written again, instead of refusing them.
        Returns:
            Whether all labels are there.
        Raises:
            DataError: finished labels were changed, are missing, or belong to something else.
        """
        with resource_errors(self.path):
            for folder, _, _ in os.walk(self.path):
                remove_dead_leftovers(Path(folder))
            if (self.path / "manifest.json").exists():
                return self._open_finished(regenerate)
            listed = list(read_lines(self.path / "written.jsonl"))
            if self._stored_identity() != self.identity:
                remove(self.path)
                listed = []
            self._begin(entry for entry in listed if not self._fault(entry))
        return False

    def _open_finished(self, regenerate: bool) -> bool:
        labels = read_checked(self.path / "manifest.json", Manifest).get("labels", {})
        listed = [{"name": name, **entry} for name, entry in labels.items()]
        strange = [cause for key, cause in CAUSES.items() if self._stored_identity().get(key) != self.identity[key]]
        if strange and not regenerate:
            raise DataError(self.path, f"the pseudo-labels were made with {' and '.join(strange)}", REMEDY)
        faults = [Problem(self.path / entry["file"], fault) for entry in listed if (fault := self._fault(entry))]
        if not strange and listed and not faults:
            self.entries = {entry.pop("name"): entry for entry in listed}
            remove(self.path / "written.jsonl")
            return True
        if not regenerate:
            problems = faults or [Problem(self.path / "manifest.json", "damaged")]
            raise data_error("pseudo-labels", problems, len(listed), REMEDY)
        warn(f"{self.path}: {len(faults) or 'all'} pseudo-labels are made again")
        if strange or not listed:
            remove(self.path)
            listed = []
        self._begin(entry for entry in listed if not self._fault(entry))
        return False

    def _begin(self, usable: Iterable[dict]) -> None:
        if not self.decisions():  # what these labels came from is lost, and another decision may be another
            usable = []
        self.entries = {entry["name"]: {k: v for k, v in entry.items() if k != "name"} for entry in usable}
        (self.path / "labels").mkdir(parents=True, exist_ok=True)
        atomic_write(self.path / "identity.json", json.dumps(self.identity, indent=1, sort_keys=True))
        atomic_write(self.path / "written.jsonl", "".join(as_line(n, entry) for n, entry in self.entries.items()))
        remove(self.path / "manifest.json")

    def _stored_identity(self) -> dict:
        return read_checked(self.path / "identity.json", Record)

    def _fault(self, entry: dict) -> str:
        try:
            for file, digest in ((entry["file"], entry["sha256"]), (entry.get("soft"), entry.get("soft_sha256"))):
                if file and hashlib.sha256((self.path / file).read_bytes()).hexdigest() != digest:
                    return "changed since it was written"
            return ""
        except FileNotFoundError:
            return "missing"

    def decisions(self) -> dict[str, np.ndarray]:
        """What was decided before the first label; empty if nothing was yet, or the file is damaged."""
        try:
            with np.load(self.path / "decisions.npz", allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
            return {}

    def decide(self, **arrays: np.ndarray) -> None:
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        atomic_write(self.path / "decisions.npz", stream.getvalue())
        fault_point("pseudo-labels-decided")

    def add(self, name: str, label: np.ndarray, soft: np.ndarray | None = None, **more: object) -> None:
        """Writes the labels of one image.

        Args:
            name: of the sample.
            label: uint8 (H, W), 255 = no label.
            soft: float32 (h, w, C) in 0..1, stored in 16 bits.
            more: JSON values that belong to the labels.
        Raises:
            ResourceError: the disk refuses; what was written before stays usable.
        """
        entry = {"pixels": np.bincount(label.ravel(), minlength=256)[: len(self.identity["classes"])].tolist(), **more}
        entry["file"], entry["sha256"] = self._write("labels", name, encode_png(label))
        if soft is not None:
            entry["soft"], entry["soft_sha256"] = self._write("soft", name, encode_soft(soft))
        fault_point("pseudo-label-written")
        with resource_errors(self.path / "written.jsonl"), (self.path / "written.jsonl").open("a") as stream:
            stream.write(as_line(name, entry))
        self.entries[name] = entry
        fault_point("pseudo-label-listed")

    def _write(self, kind: str, name: str, content: bytes) -> tuple[str, str]:
        file = f"{kind}/{safe_name(name)}"
        path = self.path / file
        with resource_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside_of(path) as aside:
                aside.write_bytes(content)
                fault_point("pseudo-label-before-rename")
                # No flush to the disk: every label is checked against its hash before it is used.
                os.replace(aside, path)
        return file, hashlib.sha256(content).hexdigest()

    def finish(self, **totals: object) -> dict:
        """Writes and returns the manifest; from now on the labels are complete."""
        head = json.dumps({**self.identity, **totals}, indent=1, sort_keys=True, allow_nan=False)
        labels = (
            f"{json.dumps(name)}: {json.dumps(self.entries[name], sort_keys=True)}" for name in sorted(self.entries)
        )
        fault_point("pseudo-labels-before-manifest")
        text = head.removesuffix("\n}") + ',\n "labels": {\n  ' + ",\n  ".join(labels) + "\n }\n}\n"
        atomic_write(self.path / "manifest.json", text)
        fault_point("pseudo-labels-finished")
        remove(self.path / "written.jsonl")
        return self.manifest()

    def manifest(self) -> dict:
        """The manifest; empty while labels are missing."""
        return read_checked(self.path / "manifest.json", Manifest)

    def files(self, kind: str = "file") -> dict[str, str]:
        """Sample name -> path of its label (`file`) or of its soft label (`soft`)."""
        return {name: str(self.path / entry[kind]) for name, entry in self.entries.items()}


def as_line(name: str, entry: dict) -> str:
    return json.dumps({"name": name, **entry}, sort_keys=True) + "\n"


def read_lines(path: Path) -> Iterable[dict]:
    """The whole lines of a file of JSON lines; it ends where a kill cut it."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        try:
            yield checked_json(line, Line)
        except ValueError:
            return


def read_checked(path: Path, kind: type[Record]) -> dict:
    """A record of the folder; empty if it is not there or damaged."""
    try:
        return checked_json(path.read_bytes(), kind)
    except (OSError, ValueError):
        return {}


def safe_name(name: str) -> str:
    """The relative path of a sample, ending in `.png`; components that are too long for more are replaced by a hash."""
    parts = []
    for part in name.split("/"):
        long = len(os.fsencode(part)) > LONGEST_NAME
        parts.append(hashlib.sha256(os.fsencode(part)).hexdigest() if long else part)
    return "/".join(parts).removesuffix(".png") + ".png"


def encode_soft(soft: np.ndarray) -> bytes:
    """float32 (h, w, C) in 0..1 -> 16-bit grey PNG (C * h, w)."""
    height, width, classes = soft.shape
    planes = np.round(soft.transpose(2, 0, 1).reshape(classes * height, width) * 65535).astype("uint16")
    return cv2.imencode(".png", planes, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
