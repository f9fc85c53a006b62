"""Whether a picture looks like a label file: few values, as photographs never have."""

from pathlib import Path

import numpy as np

from keras_uda.core.errors import DataError
from keras_uda.data.formats.images import decode
from keras_uda.data.formats.images import read_bytes

FEW_VALUES = 64  # ids or colours; a photograph has thousands of colours, and more than a hundred greys
SMALLEST = 256  # pixels that say anything
LOOKED_AT = 256  # rows and columns


def looks_like_label(path: Path | str) -> bool:
    """One value per pixel or colours, few of them. Damaged files look like nothing."""
    try:
        return has_few_values(np.asarray(decode(read_bytes(path), path)))
    except DataError:
        return False


def has_few_values(pixels: np.ndarray) -> bool:
    """(H,W) or (H,W,C) of any kind: whether there are at most 64 values or colours in 256 rows and columns of it."""
    step = max(1, -(-max(pixels.shape[:2]) // LOOKED_AT))
    some = pixels[::step, ::step].astype(np.uint64)
    if some.ndim == 3:
        some = sum(some[..., channel] << np.uint64(16 * channel) for channel in range(min(3, some.shape[2])))
    return some.size >= SMALLEST and len(np.unique(some)) <= FEW_VALUES


def has_one_channel(path: Path | str) -> bool:
    """Stored as ids are: grey or palette."""
    try:
        return np.asarray(decode(read_bytes(path), path)).ndim == 2
    except DataError:
        return False
