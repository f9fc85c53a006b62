"""Clips as frames in the cache: each is decoded once in its life, and its folder appears whole.

`footage/<clip>-<key>/<seconds>s.jpg` with `frames.json` and `small.npy` beside them; key: content of the clip, options.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_uda.core.arrays import read_array
from keras_uda.core.atomic import atomic_folder
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.predict.frames import Cut
from keras_uda.predict.frames import distinct_frames
from keras_uda.predict.in_flight import Meter
from keras_uda.predict.inputs import fingerprint
from keras_uda.predict.pictures import encoded
from keras_uda.predict.sieve import SMALL
from keras_uda.predict.sieve import Sieve
from keras_uda.predict.video.read import Video

VERSION = 1
RECORD, PICTURES = "frames.json", "small.npy"


class ClipRecord(Record):
    """What is kept of a clip beside its frames."""

    sizes: dict[str, int]
    dropped: dict[str, int]
    loss: str | None


@dataclass(frozen=True)
class Clip:
    """The frames of a clip.

    Args:
        folder: of the frames.
        sizes: name of a frame -> bytes of its file, in the order of the clip.
        small: uint8 (n, 18, 32), a grey picture of each to compare it by.
        dropped: reason -> how many were left out.
        loss: what is missing of the clip; None where it is whole.
    """

    folder: Path
    sizes: dict[str, int]
    small: np.ndarray
    dropped: dict[str, int]
    loss: str | None

    @property
    def cut(self) -> Cut:
        return Cut(len(self.sizes), self.dropped)


def cut_clip(path: Path, cache: Path, every: float, stream: int | None = None) -> Clip:
    """Decodes a clip into the cache, unless it is there.

    Args:
        path: of the clip.
        cache: folder of the cache.
        every: seconds from one frame to the next.
        stream: which of several video streams.
    Raises:
        DataError: no clip that can be read. ResourceError: the disk refuses.
    """
    key = hashlib.sha256(repr((VERSION, fingerprint(str(path)), every, stream)).encode()).hexdigest()[:16]
    place = cache / "footage" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', path.stem)[:60]}-{key}"
    with resource_errors(place):
        found = _read(place)
        if found is None:
            place.parent.mkdir(parents=True, exist_ok=True)
            remove_dead_leftovers(place.parent)
            remove(place)
            found = _make(path, place, every, stream)
    return found


def _make(path: Path, place: Path, every: float, stream: int | None) -> Clip:
    try:
        with atomic_folder(place) as folder:
            _write(path, folder, every, stream)
    except ResourceError:
        if _read(place) is None:  # another process was faster
            raise
    return _read(place)


def _write(path: Path, folder: Path, every: float, stream: int | None) -> None:
    video, sieve, sizes = Video(path, stream=stream), Sieve(), {}
    try:
        meter = Meter(video.expected, f"frames of {path.name}")
        with meter.bar:
            for image, seconds in distinct_frames(video, every, sieve, meter.step):
                name = f"{float(seconds):010.3f}s.jpg"
                sizes[name] = (folder / name).write_bytes(encoded(image, ".jpg"))
        loss = video.loss()
    finally:
        video.close()
    if not video.decoded:
        raise DataError(path, f"no frame could be decoded ({loss or 'empty'})", "Convert it to H.264, or leave it out")
    np.save(folder / PICTURES, sieve.kept[: len(sizes)])
    record = {"clip": path.name, "every": every, "sizes": sizes, "dropped": dict(sieve.dropped), "loss": loss}
    (folder / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _read(place: Path) -> Clip | None:
    """What is there whole; None if it is not."""
    try:
        record = read_json(place / RECORD, ClipRecord)
        small = read_array(place / PICTURES)
        clip = Clip(place, record["sizes"], small, record["dropped"], record["loss"])
        whole = all((place / name).stat().st_size == size for name, size in clip.sizes.items())
        return clip if whole and small.shape == (len(clip.sizes), *SMALL[::-1]) else None
    except (OSError, DataError):
        return None
