"""The jobs behind the cache, one file each; they run in worker processes and never import TensorFlow."""

import hashlib
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from keras_uda.core.atomic import aside_of
from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.data.formats.evidence import turned_apart
from keras_uda.data.formats.images import PNG_SIGNATURE
from keras_uda.data.formats.images import Header
from keras_uda.data.formats.images import decode
from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import needs_conversion
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.formats.images import read_image
from keras_uda.data.formats.images import reason_and_guess
from keras_uda.data.formats.images import reason_of
from keras_uda.data.formats.labels import read_label
from keras_uda.data.formats.labels import resize_nearest


class FrameJob(NamedTuple):
    """Draw a frame of the built-in world into two files."""

    look: str
    index: int
    size: tuple[int, int]
    seed: int
    lookup: bytes
    image: str
    label: str


class ImageJob(NamedTuple):
    """Decode an image once; write an 8-bit RGB copy if TensorFlow could not read it exactly."""

    image: str
    copy: str


class LabelJob(NamedTuple):
    """Convert a label to train ids; `image_size` is the (width, height) that it must have.

    `orientation` is that of its image (EXIF).
    """

    label: str
    image_size: tuple[int, int]
    class_map: ClassMap
    classes: tuple[str, ...]
    size: tuple[int, int] | None
    copy: str
    orientation: int = 1


class ImageCheck(NamedTuple):
    """An image that was decoded whole."""

    head: Header
    digest: str


class Refusal(NamedTuple):
    """Why a file cannot be used."""

    reason: str


def draw_frame(job: FrameJob) -> None:
    """Writes the label first: an image that is there has its label."""
    from keras_uda.world.render import render

    image, label = render(job.look, job.index, job.size, job.seed)
    write_png(job.label, np.frombuffer(job.lookup, np.uint8)[label])
    write_png(job.image, image)


def check_image(job: ImageJob) -> ImageCheck | Refusal:
    """Decodes every byte and takes the hash of the file."""
    try:
        content = read_bytes(job.image)
        head = header(content, job.image)
        decode(content, job.image)
        if needs_conversion(head):
            write_png(job.copy, read_image(job.image))
        return ImageCheck(head, hashlib.sha256(content).hexdigest())
    except DataError as error:
        return Refusal(reason_of(error))


def convert_label(job: LabelJob) -> int | Refusal:
    """Returns the number of pixels that are not ignored."""
    try:
        label = read_label(job.label, job.class_map, job.classes)
    except DataError as error:
        return Refusal(reason_and_guess(error))
    height, width = label.shape
    if (width, height) != tuple(job.image_size):
        return Refusal(f"label is {width}x{height}, image is {job.image_size[0]}x{job.image_size[1]}")
    apart = turned_apart(job.orientation, header(read_bytes(job.label), job.label).orientation, job.image_size)
    if apart:
        return Refusal(apart)
    if job.size is not None:
        label = resize_nearest(label, job.size)
    write_png(job.copy, label)
    return int((label != IGNORE).sum())


def write_png(path: str, pixels: np.ndarray) -> None:
    """uint8 (H,W) or RGB (H,W,3), whole or not at all."""
    with aside_of(Path(path)) as aside:
        aside.write_bytes(encode_png(pixels))
        # No flush to the disk: every entry is checked before use and made again if it is not whole.
        os.replace(aside, path)


def encode_png(pixels: np.ndarray) -> bytes:
    """uint8 (H,W) or RGB (H,W,3) as PNG; fast rather than small."""
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def is_whole_png(path: str) -> bool:
    """The file is there, complete, and every checksum in it is right; costs a tenth of decoding it."""
    try:
        content = memoryview(read_bytes(path))
    except DataError:
        return False
    if bytes(content[:8]) != PNG_SIGNATURE:
        return False
    place = 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        end = place + 8 + length
        if zlib.crc32(content[place + 4 : end]) != int.from_bytes(content[end : end + 4], "big"):
            return False
        if bytes(content[place + 4 : place + 8]) == b"IEND":
            return True
        place = end + 4
    return False
