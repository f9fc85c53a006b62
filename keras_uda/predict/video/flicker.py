"""Temporal steadiness: how often the class of a pixel changes where nothing moved."""

import cv2
import numpy as np

STILL = 4  # grey levels; noise and compression stay below it after the mean
NEIGHBOURHOOD = 5  # pixels


def still_pixels(before: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Where a frame looks as the one before: no channel of the mean over 5x5 pixels changed by more than 4 of 255.

    Args:
        before: uint8 (height, width, 3).
        image: the next frame, same size.
    Returns:
        bool (height, width).
    """
    window = NEIGHBOURHOOD, NEIGHBOURHOOD
    change = cv2.absdiff(cv2.blur(before, window), cv2.blur(image, window))
    return cv2.inRange(change, (0, 0, 0), (STILL, STILL, STILL)) > 0


class Steadiness:
    """Adds up over a clip; frames come in their order.

    flicker = pixels that did not move but have another class than in the frame before / pixels that did not move
    """

    def __init__(self):
        self._before: tuple[np.ndarray, np.ndarray] | None = None
        self._flickering = self._still = self._pixels = 0

    def add(self, image: np.ndarray, label_map: np.ndarray) -> tuple[float | None, float | None]:
        """Takes the next frame, uint8 (height, width, 3), and its label map.

        Returns:
            flicker and share of pixels that did not move, against the frame before; None where there is none of
            that size, or where all of it moved.
        """
        before, self._before = self._before, (image, label_map)
        if before is None or before[0].shape != image.shape:
            return None, None
        still = still_pixels(before[0], image)
        count, flickering = int(still.sum()), int((still & (before[1] != label_map)).sum())
        self._still, self._flickering, self._pixels = (
            self._still + count,
            self._flickering + flickering,
            self._pixels + still.size,
        )
        return flickering / count if count else None, count / still.size

    @property
    def flicker(self) -> float | None:
        """Of the whole clip."""
        return self._flickering / self._still if self._still else None

    @property
    def still(self) -> float | None:
        """Share of all pixels that did not move."""
        return self._still / self._pixels if self._pixels else None
