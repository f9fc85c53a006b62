"""The frames of a clip that a model is least sure of, kept for tagging."""

from typing import NamedTuple

import numpy as np

APART_SECONDS = 1.0


class HardFrame(NamedTuple):
    """A frame, uint8 RGB (height, width, 3), with its place in the clip and its mean confidence."""

    number: int
    seconds: float
    confidence: float
    image: np.ndarray


class Hardest:
    """The `most` frames of lowest mean confidence, a second apart at least.

    Of every second of the clip its hardest frame stands for it. Of these, the hardest is taken first, then the hardest
    one at least a second away from all taken so far, and so on: the hardest frame of the clip is always among them, and
    a clip of `3 * most` seconds gives as many as wanted, whatever its confidence does. Each taken frame rules out the
    seconds beside its own at most, so the `3 * most - 2` hardest seconds decide, and only their frames are held.

    Args:
        most: how many.
    """

    def __init__(self, most: int):
        self.most, self._seconds = most, {}

    def add(self, frame: HardFrame) -> None:
        """Takes the next frame of the clip."""
        second = int(frame.seconds // APART_SECONDS)
        kept = self._seconds.get(second)
        if kept is None or frame.confidence < kept.confidence:
            self._seconds[second] = frame
        if len(self._seconds) > max(0, 3 * self.most - 2):
            del self._seconds[max(self._seconds, key=lambda each: self._seconds[each].confidence)]

    def frames(self) -> list[HardFrame]:
        """In the order of the clip."""
        taken: list[HardFrame] = []
        for frame in sorted(self._seconds.values(), key=lambda each: each.confidence):
            if len(taken) < self.most and all(_apart(frame, other) for other in taken):
                taken.append(frame)
        return sorted(taken, key=lambda each: each.number)


def _apart(one: HardFrame, other: HardFrame) -> bool:
    """To the microsecond, as times of frames are no whole binary fractions."""
    return round(abs(one.seconds - other.seconds), 6) >= APART_SECONDS
