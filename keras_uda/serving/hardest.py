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
    """The `most` frames of lowest mean confidence, a second apart at least; holds no more than these in memory.

    Args:
        most: how many.
    """

    def __init__(self, most: int):
        self.most, self._frames = most, []

    def add(self, frame: HardFrame) -> None:
        """Takes the next frame of the clip."""
        near = [kept for kept in self._frames if frame.seconds - kept.seconds < APART_SECONDS]
        full = len(self._frames) >= self.most
        rivals = near or (self._frames if full else [])
        if not rivals:
            self._frames += [frame] if self.most else []
            return
        easiest = max(rivals, key=lambda kept: kept.confidence)
        if frame.confidence < easiest.confidence:
            # `remove` would compare images
            self._frames = [kept for kept in self._frames if kept.number != easiest.number] + [frame]

    def frames(self) -> list[HardFrame]:
        """In the order of the clip."""
        return sorted(self._frames, key=lambda frame: frame.number)
