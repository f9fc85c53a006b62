"""Pictures that show something new: what frames of clips, and images of folders, are looked through for."""

from collections import Counter

import cv2
import numpy as np

SMALL = (32, 18)  # (width, height) that frames are compared at, in grey
BLACK = 32  # of 255: no part of a black picture is brighter
FROZEN = 0.25  # mean difference of two such pictures, of 255, up to which they are the same one, encoded twice
# Up to a twentieth of its contrast a picture looks as another, but at night no difference is below noise, and by day
# one of 2.5 is seen. On footage of three roads, frames a fifth of a second apart differ by 2.2 at least, and by 4.5 a
# second apart; one picture encoded again differs by 1.3 at most.
ALIKE, LEAST, MOST = 0.05, 0.5, 2.5
DUPLICATE, STILL, DARK = "near-duplicates", "frozen", "black"


def small_picture(image: np.ndarray) -> np.ndarray:
    """An image, uint8 RGB (height, width, 3), as it is compared: uint8 (18, 32)."""
    # Grey: what an encoder does to colours is larger than what it does to brightness.
    return cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), SMALL, interpolation=cv2.INTER_AREA)


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
        small = small_picture(image).astype(np.float32)
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
