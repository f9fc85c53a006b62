"""One pair looked at by the doctor, in a worker process: every byte decoded, the pixels of each class counted."""

import hashlib
from typing import NamedTuple

import numpy as np

from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.data.formats import polygons
from keras_uda.data.formats.images import Header
from keras_uda.data.formats.images import decode
from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.formats.images import reason_of
from keras_uda.data.formats.labels import read_label


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
        rotated: an EXIF rotation is noted in the image.
    """

    name: str
    reasons: list[str]
    size: tuple[int, int] | None = None
    digest: str = ""
    form: str | None = None
    pixels: np.ndarray | None = None
    rotated: bool = False


def examine_pair(job: PairJob) -> Finding:
    """Decodes the image and, if asked, the label."""
    finding = Finding(job.name, [])
    try:
        content = read_bytes(job.image)
        finding = finding._replace(digest=hashlib.sha256(content).hexdigest())
        head = header(content, job.image)
        decode(content, job.image)
        finding = finding._replace(size=(head.width, head.height), rotated=head.rotated)
    except DataError as error:
        finding.reasons.append(reason_of(error))
    return finding if job.label is None else _with_label(job, finding)


def _with_label(job: PairJob, finding: Finding) -> Finding:
    try:
        finding = finding._replace(form=form_of(job.label))
        label = read_label(job.label, job.class_map, job.classes)
        finding = finding._replace(pixels=np.bincount(label.ravel(), minlength=256))
    except DataError as error:
        finding.reasons.append(f"label: {reason_of(error)}")
        return finding
    size = label.shape[1], label.shape[0]
    if finding.size is not None and size != finding.size:
        sizes = f"label is {size[0]}x{size[1]}, image is {finding.size[0]}x{finding.size[1]}"
        finding.reasons.append(sizes + (" (EXIF rotation: save the image upright)" if finding.rotated else ""))
    return finding


def form_of(label: str) -> str:
    """What kind of label file it is, in words."""
    if label.lower().endswith(polygons.SUFFIX):
        return "polygons"
    return label_form(header(read_bytes(label), label))


def label_form(head: Header) -> str:
    """How a label file stores its ids, in words."""
    if head.palette:
        return "palette"
    channels = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGBA"}[head.channels]
    return f"{head.bits}-bit {channels}"
