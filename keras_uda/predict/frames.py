"""Frames of clips into a folder of images, to adapt to: upright, at an interval, none of them twice."""

from collections.abc import Iterator
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.predict.inputs import stem_of
from keras_uda.predict.pictures import save_picture
from keras_uda.predict.video.read import Video

SMALL = (32, 18)  # what two frames are compared at
STANDING = 2.0  # mean difference of two such frames, of 255, below which the car stands


def cut_frames(clips: Sequence[str], folder: Path, *, every: float, most: int | None = None) -> dict[str, int]:
    """Writes `<clip>_<number>.jpg`.

    Args:
        clips: files that FFmpeg reads.
        folder: to write into; it exists.
        every: seconds from one frame to the next.
        most: frames of each clip; None: all.
    Returns:
        Clip -> number of frames that were written.
    Raises:
        DataError: no clip, or one without a frame.
    """
    written = {}
    for clip, stem in zip(clips, _stems(clips), strict=True):
        number = 0
        for number, image in enumerate(_apart(clip, every), 1):
            save_picture(folder / f"{stem}_{number:05d}.jpg", image)
            if number == most:
                break
        if not number:
            raise DataError(clip, "no frame could be decoded", "Check the clip")
        written[clip] = number
    return written


def _apart(clip: str, every: float) -> Iterator[np.ndarray]:
    """Frames at least `every` seconds apart that differ from the one before."""
    video, due, last = Video(clip), Fraction(0), None
    try:
        for image, time in video.frames():
            if time < due:
                continue
            small = cv2.resize(image, SMALL, interpolation=cv2.INTER_AREA).astype("float32")
            if last is None or np.abs(small - last).mean() >= STANDING:
                due, last = time + Fraction(every), small
                yield image
        if lost := video.loss():
            warn(f"{clip}: {lost}")
    finally:
        video.close()


def _stems(clips: Sequence[str]) -> list[str]:
    """Names of the clips without endings; numbered where two are the same."""
    stems = [stem_of(clip) for clip in clips]
    return [stem if stems.count(stem) == 1 else f"{stem}_{place}" for place, stem in enumerate(stems, 1)]
