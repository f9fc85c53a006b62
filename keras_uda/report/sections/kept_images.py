"""Images that a stage made, for a picture of the report: those alone that lie in its folder, as its manifest says."""

import io
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UdaError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import inside
from keras_uda.core.outside import read_bytes
from keras_uda.data.formats.images import header

MANIFEST, LARGEST_MANIFEST, LARGEST_IMAGE = "manifest.json", 256 * MEGABYTE, 200 * MEGABYTE
REMEDY = "Run again with --regenerate to make them again"


class Kept(Record):
    """An image in a manifest."""

    file: str


def manifests_of(places: Mapping[str, Path], kind: type[Record]) -> dict[str, dict]:
    """Stage -> its manifest, of the stages that have one; raises `ArtefactError` for a damaged one."""
    files = {stage: place / MANIFEST for stage, place in places.items() if os.path.lexists(place / MANIFEST)}
    read = {"error": ArtefactError, "remedy": REMEDY}
    return {stage: read_json(file, kind, LARGEST_MANIFEST, **read) for stage, file in files.items()}


def kept_image(place: Path, entries: Mapping[str, Mapping], name: str, channels: int) -> np.ndarray:
    """One image that a stage made.

    Args:
        place: folder of the stage's images and manifest.
        entries: of the manifest, name of a sample -> its `file`.
        name: of the sample.
        channels: 1 for a label map, 3 for an image.
    Returns:
        uint8 (H,W) or (H,W,3).
    Raises:
        ArtefactError: not listed, not in the folder, or not a PNG of 8 bits with so many channels.
    """
    if name not in entries:
        raise ArtefactError(place / MANIFEST, f"`{name}` is not in it", REMEDY)
    path = inside(place, entries[name]["file"], error=ArtefactError, remedy=REMEDY)
    content = read_bytes(path, LARGEST_IMAGE, error=ArtefactError, remedy=REMEDY)
    try:
        head = header(content, path)
        if (head.kind, head.bits, head.channels, head.palette) != ("PNG", 8, channels, False):
            raise ValueError(f"a {head.kind} of {head.channels} x {head.bits} bits, not a PNG of {channels} x 8")
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            return np.asarray(picture)
    except (UdaError, OSError, ValueError, SyntaxError) as error:
        raise ArtefactError(path, f"cannot be shown ({error})", REMEDY) from error
