"""Whether a picture looks like a label file: few values, as photographs never have."""

from pathlib import Path

import numpy as np

from keras_uda.core.errors import DataError
from keras_uda.data.formats.images import decode
from keras_uda.data.formats.images import read_bytes

FEW_VALUES = 64  # ids or colours; a photograph has thousands of colours, and more than a hundred greys
SMALLEST = 256  # pixels that say anything
LOOKED_AT = 256  # rows and columns
MOSTLY = 0.5  # of the pixels of a label that was saved as JPEG; of 120 street photographs none had more than 0.43


def looks_like_label(path: Path | str) -> bool:
    """One value per pixel or colours, few of them, also where JPEG spoilt them. Damaged files look like nothing."""
    try:
        image = decode(read_bytes(path), path)
    except DataError:
        return False
    pixels = np.asarray(image)
    return has_few_values(pixels) or (image.format in ("JPEG", "MPO", "WEBP") and _has_mostly_few_values(pixels))


def has_few_values(pixels: np.ndarray) -> bool:
    """(H,W) or (H,W,C) of any kind: whether there are at most 64 values or colours in 256 rows and columns of it."""
    some = _thinned(pixels).astype(np.uint64)
    return some[..., 0].size >= SMALLEST and len(np.unique(_packed(some, 16))) <= FEW_VALUES


def _thinned(pixels: np.ndarray) -> np.ndarray:
    """(h,w,c): at most 256 rows and columns, at most 3 channels."""
    step = max(1, -(-max(pixels.shape[:2]) // LOOKED_AT))
    some = pixels[::step, ::step]
    return some[..., None] if some.ndim == 2 else some[..., :3]


def _packed(values: np.ndarray, bits: int) -> np.ndarray:
    """The channels of each pixel in one number."""
    return sum(
        values[..., channel].astype(np.uint64) << np.uint64(bits * channel) for channel in range(values.shape[2])
    )


def _has_mostly_few_values(pixels: np.ndarray) -> bool:
    """Most pixels have one of 64 colours: within a class JPEG keeps its colour, noise is along the edges."""
    some = _thinned(pixels)
    _, counts = np.unique(_packed(some, 8), return_counts=True)
    return bool(counts.sum() >= SMALLEST and np.sort(counts)[-FEW_VALUES:].sum() >= MOSTLY * counts.sum())
