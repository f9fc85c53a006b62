"""Frames of the world that several tests look at: each is drawn once for a process."""

import functools

import numpy as np

from keras_uda.world.render import render

SMALL = (96, 72)


@functools.cache
def frame(look: str, index: int, size: tuple[int, int] = SMALL) -> tuple[np.ndarray, np.ndarray]:
    """(image, label), which cannot be written to."""
    drawn = render(look, index, size)
    for array in drawn:
        array.setflags(write=False)
    return drawn
