"""The pseudo-labels of one stage on disk: PNGs that are whole or absent, see `runs.stage_files`.

labels/<name>    PNG of 8-bit class ids, 255 = no label;   soft/<name>   of 16 bits, one map of C below the other
decisions.npz    thresholds, counts, classifiers
"""

import cv2
import numpy as np

from keras_uda.core.json_records import Record
from keras_uda.data.cache.conversion import encode_png
from keras_uda.runs.stage_files import StageFiles


class Entry(Record):
    """The labels of one image; `pixels` of each class."""

    file: str
    sha256: str
    pixels: list[int]
    soft: str | None = None
    soft_sha256: str | None = None
    distribution: list[float] | None = None


class Line(Entry):
    """The labels of one image in `written.jsonl`."""

    name: str


class Manifest(Record):
    """`manifest.json`, with the identity and the totals beside it."""

    labels: dict[str, Entry]


class LabelFolder(StageFiles):
    """The folder of the pseudo-labels of one stage.

    An entry has the "pixels" of each class, and what the labels carry besides.
    """

    plural, singular, key = "pseudo-labels", "pseudo-label", "labels"
    causes = {
        "model": "the segmenter of another checkpoint",
        "settings": "other settings",
        "classes": "other classes",
        "size": "another size",
        "images": "other images",
    }
    line, record, decides = Line, Manifest, True

    def hashes(self, entry: dict) -> list[tuple[str | None, str | None]]:
        return [(entry["file"], entry["sha256"]), (entry.get("soft"), entry.get("soft_sha256"))]

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
        self.listed(name, entry)


def encode_soft(soft: np.ndarray) -> bytes:
    """float32 (h, w, C) in 0..1 -> 16-bit grey PNG (C * h, w)."""
    height, width, classes = soft.shape
    planes = np.round(soft.transpose(2, 0, 1).reshape(classes * height, width) * 65535).astype("uint16")
    return cv2.imencode(".png", planes, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
