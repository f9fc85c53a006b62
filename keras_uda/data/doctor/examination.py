"""One pair looked at by the doctor, in a worker process: every byte decoded, the pixels of each class counted."""

import hashlib
from typing import NamedTuple

import numpy as np

from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.data.formats.evidence import turned_apart
from keras_uda.data.formats.images import Header
from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.formats.images import read_image
from keras_uda.data.formats.images import reason_and_guess
from keras_uda.data.formats.images import reason_of
from keras_uda.data.formats.labels import RawLabel
from keras_uda.data.formats.labels import open_label
from keras_uda.data.formats.labels import to_train_ids
from keras_uda.data.formats.look_alikes import has_few_values
from keras_uda.data.formats.look_alikes import looks_like_label
from keras_uda.data.formats.polygons import is_polygons
from keras_uda.predict.sieve import small_picture

MOST_IDS = 300


class PairJob(NamedTuple):
    """Files of a pair, and how its label is read; no label is opened where `label` is None."""

    name: str
    image: str
    label: str | None
    class_map: ClassMap
    classes: tuple[str, ...]


class Finding(NamedTuple):
    """What was seen in one pair.

    Args:
        name: of the image.
        reasons: what is wrong; empty for a good pair.
        size: (width, height) of the image, None if it cannot be read.
        digest: SHA-256 of the image file.
        form: of the label file: `palette`, `16-bit colour`, ...
        pixels: number of pixels of each train id, (256,); None without a label.
        orientation: of EXIF, noted in the image; 1 is upright.
        few_values: the image has no more values than a label file.
        brightest: largest value of the image in 0..255; None if it cannot be read.
        bits: of each channel of the image.
        transparent: pixels of the label that are of no class for that.
        readings: of a palette label, what its colours show and its indices say, if that is not the same.
        ids: id -> pixels of a label of ids.
        small: the image as it is compared with others, uint8 (18, 32) grey; None if it cannot be read.
    """

    name: str
    reasons: list[str]
    size: tuple[int, int] | None = None
    digest: str = ""
    form: str | None = None
    pixels: np.ndarray | None = None
    orientation: int = 1
    few_values: bool = False
    brightest: int | None = None
    bits: int = 8
    transparent: int = 0
    readings: str | None = None
    ids: dict[int, int] | None = None
    small: np.ndarray | None = None

    @property
    def rotated(self) -> bool:
        return self.orientation != 1


def examine_pair(job: PairJob) -> Finding:
    """Decodes the image and, if asked, the label."""
    finding = Finding(job.name, [])
    try:
        content = read_bytes(job.image)
        finding = finding._replace(digest=hashlib.sha256(content).hexdigest())
        head = header(content, job.image)
        image = read_image(job.image)
        finding = finding._replace(
            size=(head.width, head.height),
            orientation=head.orientation,
            few_values=has_few_values(image) and looks_like_label(job.image),
            brightest=int(image.max()),
            bits=head.bits,
            small=small_picture(image),
        )
    except DataError as error:
        finding.reasons.append(reason_of(error))
    return finding if job.label is None else _with_label(job, finding)


def _with_label(job: PairJob, finding: Finding) -> Finding:
    try:
        head = None if is_polygons(job.label) else header(read_bytes(job.label), job.label)
        finding = finding._replace(form=label_form(head))
        opened = open_label(job.label, job.class_map)
        finding = finding._replace(**_evidence(opened))
        label = to_train_ids(opened, job.class_map, job.classes, job.label)
        finding = finding._replace(pixels=np.bincount(label.ravel(), minlength=256))
    except DataError as error:
        finding.reasons.append(f"label: {reason_and_guess(error)}")
        return finding
    size = label.shape[1], label.shape[0]
    if finding.size is not None and size != finding.size:
        sizes = f"label is {size[0]}x{size[1]}, image is {finding.size[0]}x{finding.size[1]}"
        finding.reasons.append(sizes + (" (EXIF rotation: save the image upright)" if finding.rotated else ""))
    noted = 1 if head is None else head.orientation
    apart = turned_apart(finding.orientation, noted, size) if finding.size == size else None
    if apart:
        finding.reasons.append(apart)
    return finding


def _evidence(opened: RawLabel) -> dict:
    """What a label file says of itself, as fields of a `Finding`."""
    values, clear, readings = opened
    found = {"transparent": 0 if clear is None else int(clear.sum())}
    if readings is not None and readings.contradict:
        found["readings"] = str(readings)
    if values.ndim == 2:
        counts = np.bincount(values.ravel() if clear is None else values[~clear])
        found["ids"] = {int(value): int(counts[value]) for value in np.flatnonzero(counts)[:MOST_IDS]}
    return found


def label_form(head: Header | None) -> str:
    """How a label file stores its ids, in words; None is no picture."""
    if head is None:
        return "polygons"
    if head.palette:
        return "palette"
    channels = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGBA"}[head.channels]
    return f"{head.bits}-bit {channels}"
