"""Frames of clips to adapt to: at an interval, upright, none of them black, none of them twice."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.predict.inputs import stem_of
from keras_uda.predict.pictures import encoded
from keras_uda.predict.sieve import Sieve
from keras_uda.predict.video.read import Video


class Cut(NamedTuple):
    """What became of a clip: frames kept, and how many were dropped for which reason."""

    frames: int
    dropped: dict[str, int]

    def __str__(self) -> str:
        told = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items() if count)
        return f"{self.frames} frames of {self.frames + sum(self.dropped.values())}" + (f" ({told})" if told else "")


def distinct_frames(
    video: Video, every: float, sieve: Sieve, seen: Callable[[], None] = lambda: None
) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Yields (uint8 RGB (height, width, 3), seconds) of the frames that are worth keeping.

    Args:
        video: opened.
        every: seconds from one frame that is looked at to the next; 0 looks at all.
        sieve: which of them are new.
        seen: called for every frame of the clip.
    """
    step, due = Fraction(every).limit_denominator(10**6), Fraction(0)

    def wanted(seconds: Fraction) -> bool:
        nonlocal due
        seen()
        if seconds < due:
            return False
        due = step * (seconds // step + 1) if step else seconds
        return True

    for image, seconds in video.frames(wanted):
        if sieve.takes(image):
            yield image, seconds


def cut_frames(clips: Sequence[str], folder: Path, *, every: float, most: int | None = None) -> dict[str, Cut]:
    """Writes `<clip>_<number>.jpg`; no two frames of all clips look alike.

    Args:
        clips: files that FFmpeg reads.
        folder: to write into; it exists, and is not yet in its place.
        every: seconds from one frame to the next.
        most: frames of each clip; None: all.
    Returns:
        Clip -> what became of it.
    Raises:
        DataError: no clip, or one without a frame.
    """
    made, sieve = {}, Sieve()
    for clip, stem in zip(clips, _stems(clips), strict=True):
        video, before, number = Video(clip), Counter(sieve.dropped), 0
        try:
            for number, (image, _) in enumerate(distinct_frames(video, every, sieve), 1):
                (folder / f"{stem}_{number:05d}.jpg").write_bytes(encoded(image, ".jpg"))
                if number == most:
                    break
            lost = None if number == most else video.loss()
        finally:
            video.close()
        if lost:
            warn(f"{clip}: {lost}")
        made[clip] = Cut(number, dict(sieve.dropped - before))
        if not video.decoded:
            raise DataError(clip, "no frame could be decoded", "Check the clip")
    return made


def _stems(clips: Sequence[str]) -> list[str]:
    """Names of the clips without endings; numbered where two are the same."""
    stems = [stem_of(clip) for clip in clips]
    return [stem if stems.count(stem) == 1 else f"{stem}_{place}" for place, stem in enumerate(stems, 1)]
