"""Large frames in overlapping windows of the size of the network, on the pixels of the frame itself."""

import math
from collections.abc import Callable

import numpy as np

from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_maps


def starts(length: int, window: int, overlap: float) -> list[int]:
    """First pixels of windows that cover `length`, evenly spread; neighbours share at least `overlap` of a window."""
    count = 1 + math.ceil((length - window) / max(1, int(window * (1 - overlap))))
    return [round(index * (length - window) / max(1, count - 1)) for index in range(count)]


def taper(height: int, width: int) -> np.ndarray:
    """Weight of the pixels of a window, float32 (height, width): 1 in the middle, falling towards its edges.

    w[y, x] = t(y, height) * t(x, width),  t(i, n) = min(i + 1, n - i) / ceil(n / 2)
    """
    ramps = [np.minimum(np.arange(n) + 1, n - np.arange(n)) / math.ceil(n / 2) for n in (height, width)]
    return np.outer(*ramps).astype("float32")


def merge_windows(
    image: np.ndarray, run: Callable, size: tuple[int, int], overlap: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Label map of a large frame: of all windows that see a pixel, the one with most confidence x taper names it.

    Models give label and confidence of a pixel, not the probabilities of all classes; so the surest window decides
    instead of a mean, and pixels at the edge of a window, where it sees no surroundings, count less. Of a model without
    confidence the window decides in whose middle a pixel lies.

    Args:
        image: uint8 (h, w, 3), at least `size`.
        run: uint8 (height, width, 3) -> label map, confidence (or None), uint8 (height, width).
        size: (width, height) of a window.
        overlap: share of a window that neighbours have in common at least, 0 to below 1.
    Returns:
        label map and confidence (or None), uint8 (h, w).
    """
    width, height = size
    weight, shape = taper(height, width), image.shape[:2]
    best, label_map, confidence = np.zeros(shape, "float32"), np.zeros(shape, "uint8"), np.zeros(shape, "uint8")
    for top in starts(shape[0], height, overlap):
        for left in starts(shape[1], width, overlap):
            place = slice(top, top + height), slice(left, left + width)
            labels, confidences = run(np.ascontiguousarray(image[place]))
            confidence = None if confidences is None else confidence
            score = weight if confidences is None else (confidences + np.float32(1)) * weight
            wins = score > best[place]
            for whole, part in ((best, score), (label_map, labels), (confidence, confidences)):
                if whole is not None:
                    np.copyto(whole[place], part, where=wins)
    return label_map, confidence


def windows_of_any_size(run: Callable, size: tuple[int, int], overlap: float) -> Callable:
    """A function uint8 (h, w, 3) of any size -> label map, confidence, uint8 (h, w).

    A frame that is lower or narrower than a window is enlarged until it is not.

    Args:
        run: see `merge_windows`.
        size: see `merge_windows`.
        overlap: see `merge_windows`.
    """

    def predict(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        before = image.shape[1::-1]
        scale = max(1.0, *(wanted / has for wanted, has in zip(size, before, strict=True)))
        enlarged = tuple(max(wanted, round(has * scale)) for wanted, has in zip(size, before, strict=True))
        return resize_maps(merge_windows(resize_frame(image, enlarged), run, size, overlap), before)

    return predict
