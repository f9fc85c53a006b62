"""The built-in drive as a clip, so that `predict` has footage where nobody has any."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from keras_uda.world.render import FRAMES_PER_SECOND
from keras_uda.world.render import indices
from keras_uda.world.render import render

SIZE = (512, 384)
SECONDS = 8


class DriveClip:
    """Eight seconds of one drive in the look of `street`; has the attributes and methods of `predict`'s footage.

    The frames are the first ones of the split `test`: no training on the built-in world sees them.
    """

    name, rate, expected = "world:drive", Fraction(FRAMES_PER_SECOND), FRAMES_PER_SECOND * SECONDS

    def frames(self) -> Iterator[tuple[np.ndarray, Fraction]]:
        """Yields (uint8 RGB (384, 512, 3), seconds from 0)."""
        for number, index in enumerate(indices("test", self.expected)):
            yield render("drive", index, SIZE)[0], number / self.rate

    def loss(self) -> None:
        """What is missing after the last frame: nothing."""

    def close(self) -> None:
        """There is no file to close."""
