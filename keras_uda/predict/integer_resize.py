"""The one resize of all backends, in whole numbers: the same bytes as `export.resize` inside the graph."""

import numpy as np

WEIGHT = 2048


def resize_frame(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear resize with half-pixel centres, without anti-aliasing.

        source coordinate = (i + 0.5) * h / H - 0.5, clamped to [0, h - 1], its fraction rounded to 1/2048

    Args:
        frame: uint8 (h, w, 3).
        size: (W, H), wanted.
    Returns:
        uint8 (H, W, 3).
    """
    width, height = size
    if frame.shape[:2] == (height, width):
        return frame
    low, high, weight = _taps(frame.shape[0], height)
    weight = weight[:, None, None]
    rows = frame[low] * (WEIGHT - weight) + frame[high] * weight
    low, high, weight = _taps(frame.shape[1], width)
    weight = weight[:, None]
    total = rows[:, low] * (WEIGHT - weight) + rows[:, high] * weight
    return ((total + WEIGHT * WEIGHT // 2) >> 22).astype(np.uint8)


def _taps(before: int, after: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the two neighbours of each output pixel, and 2048 times the weight of the second."""
    position = (2 * np.arange(after, dtype=np.int64) + 1) * before - after
    position = np.clip(position, 0, (before - 1) * 2 * after)
    low, rest = np.divmod(position, 2 * after)
    weight = (rest * WEIGHT + after) // (2 * after)
    return low, np.minimum(low + 1, before - 1), weight.astype(np.int32)


def resize_map(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Nearest neighbour, source index floor((i + 0.5) * h / H): the way of a label map back to the frame.

    Args:
        values: (h, w), any type.
        size: (W, H), wanted.
    """
    width, height = size
    if values.shape == (height, width):
        return values
    rows = (2 * np.arange(height) + 1) * values.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * values.shape[1] // (2 * width)
    return values[rows[:, None], columns]
