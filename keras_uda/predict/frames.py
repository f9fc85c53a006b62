"""Frames of clips to adapt to: at an interval, upright, none of them black, none of them twice."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.predict.inputs import stem_of
from keras_uda.predict.pictures import encoded
from keras_uda.predict.video.read import Video

SMALL = (32, 18)  # (width, height) that frames are compared at, in grey
BLACK = 32  # of 255: no part of a black picture is brighter
FROZEN = 0.25  # mean difference of two such pictures, of 255, up to which they are the same one, encoded twice
# Up to a twentieth of its contrast a picture looks as another, but at night no difference is below noise, and by day
# one of 2.5 is seen. On footage of three roads, frames a fifth of a second apart differ by 2.2 at least, and by 4.5 a
# second apart; one picture encoded again differs by 1.3 at most.
ALIKE, LEAST, MOST = 0.05, 0.5, 2.5
DUPLICATE, STILL, DARK = "near-duplicates", "frozen", "black"


class Sieve:
    """Lets pictures through that show something which none before them showed.

    Attributes:
        dropped: reason -> how many were not let through.
    """

    def __init__(self):
        self.dropped: Counter[str] = Counter()
        self._kept = np.empty((0, SMALL[1], SMALL[0]), np.float32)
        self._means, self._count, self._last = np.empty(0, np.float32), 0, None

    def takes(self, image: np.ndarray) -> bool:
        """Whether a frame, uint8 RGB (height, width, 3), is worth keeping."""
        # Grey: what an encoder does to colours is larger than what it does to brightness.
        small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), SMALL, interpolation=cv2.INTER_AREA)
        small = small.astype(np.float32)
        last, self._last = self._last, small
        reason = self._reason(small, last)
        if reason is None:
            self.keep(small)
            return True
        self.dropped[reason] += 1
        return False

    def _reason(self, small: np.ndarray, last: np.ndarray | None) -> str | None:
        if small.max() < BLACK:
            return DARK
        if last is not None and np.abs(small - last).mean() <= FROZEN:
            return STILL
        return DUPLICATE if self.knows(small) else None

    def knows(self, small: np.ndarray) -> bool:
        """Whether a picture of `SMALL` size looks as one that was kept."""
        small = small.astype(np.float32)
        limit = min(max(ALIKE * small.std(), LEAST), MOST)
        near = np.abs(self._means[: self._count] - small.mean()) <= limit  # means differ by less than pictures
        return bool((np.abs(self._kept[: self._count][near] - small).mean((1, 2)) < limit).any())

    def keep(self, small: np.ndarray) -> None:
        """Keeps a picture of `SMALL` size to compare others with."""
        if self._count == len(self._kept):
            room = max(64, self._count)
            self._kept = np.concatenate([self._kept, np.empty((room, *self._kept.shape[1:]), np.float32)])
            self._means = np.concatenate([self._means, np.empty(room, np.float32)])
        self._kept[self._count], self._means[self._count] = small, small.mean()
        self._count += 1

    @property
    def kept(self) -> np.ndarray:
        """uint8 (n, 18, 32): the grey pictures that were let through."""
        return self._kept[: self._count].round().astype(np.uint8)


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
