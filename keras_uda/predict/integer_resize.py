"""The one resize of all backends, in whole numbers: the same bytes as `ops.frames` inside the graph."""

import numpy as np

WEIGHT = 2048


def resize_frame(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Antialiased bilinear resize with half-pixel centres; what training and evaluation see.

        out[i] = sum_j w[i, j] in[j],   w[i, j] ~ max(0, 1 - |(j + 0.5) - (i + 0.5) h / H| / max(1, h / H))

    over the pixels inside the image, weights rounded to 1/2048 with the sum 1; enlarging is plain bilinear.

    Args:
        frame: uint8 (h, w, 3).
        size: (W, H), wanted.
    Returns:
        uint8 (H, W, 3).
    """
    width, height = size
    if frame.shape[:2] == (height, width):
        return frame
    places, weights = _taps(frame.shape[0], height)
    rows = sum(frame[place] * weight[:, None, None] for place, weight in zip(places, weights, strict=True))
    places, weights = _taps(frame.shape[1], width)
    total = sum(rows[:, place] * weight[:, None] for place, weight in zip(places, weights, strict=True))
    return ((total + WEIGHT * WEIGHT // 2) >> 22).astype(np.uint8)


def _taps(before: int, after: int) -> tuple[np.ndarray, np.ndarray]:
    """int32 (taps, after): the pixels that each output pixel is made of, and 2048 times their weights."""
    widest = max(before, after)
    centre = (2 * np.arange(after, dtype=np.int64) + 1) * before  # positions are in units of 1 / (2 after) pixels
    first = (centre - 2 * widest - after) // (2 * after) + 1
    places = first + np.arange(-(-2 * widest // after))[:, None]
    raw = np.maximum(2 * widest - np.abs((2 * places + 1) * after - centre), 0)
    raw = np.where((places >= 0) & (places < before), raw, 0)
    # Rounding the sums from the last tap on keeps the whole at 2048.
    sums = np.cumsum(raw[::-1], axis=0)[::-1]
    sums = (2 * WEIGHT * sums + sums[0]) // (2 * sums[0])
    weights = sums - np.concatenate([sums[1:], np.zeros_like(sums[:1])])
    return np.clip(places, 0, before - 1).astype(np.int32), weights.astype(np.int32)


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


def resize_maps(
    maps: tuple[np.ndarray, np.ndarray | None], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray | None]:
    """`resize_map` of a label map and its confidence, which may be None."""
    label_map, confidence = maps
    return resize_map(label_map, size), None if confidence is None else resize_map(confidence, size)
