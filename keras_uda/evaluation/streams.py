"""Labelled frames shown as a stream: as they are, standing still, through a night and through darkness."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_uda.evaluation.metrics import confusion
from keras_uda.predict.integer_resize import resize_map

TIMES = 100  # a frame is shown where the stream stands still
AS_IT_IS = "as it is"


class Showing(NamedTuple):
    """A frame that is shown.

    Args:
        frame: its number.
        look: uint8 (height, width, 3) -> what is shown of it.
        row: that its score counts in; None: it is shown alone.
    """

    frame: int
    look: Callable[[np.ndarray], np.ndarray]
    row: str | None


def scenes(count: int) -> list[list[Showing]]:
    """Streams of `count` frames; every one begins with the first frame.

    Returns:
        Of each the frames in the order in which they are shown.
    """
    middle, (dusk, dawn) = count // 2, (count // 3, 2 * count // 3)
    stands = [Showing(middle, same, None)] * (TIMES - 2) + [Showing(middle, same, f"shown {TIMES} times, the last")]
    before = [Showing(number, same, None) for number in range(middle + 1)]
    still = [*before, *stands, *(Showing(number, same, "after that") for number in range(middle + 1, count))]
    return [
        [Showing(number, same, AS_IT_IS) for number in range(count)],
        still,
        _darkened(count, dusk, dawn, night, "night"),
        _darkened(count, dusk, dawn, black, None),
    ]


def _darkened(count: int, dusk: int, dawn: int, look: Callable, row: str | None) -> list[Showing]:
    """By day, from `dusk` to `dawn` through a look, by day again."""
    first = [Showing(number, same, None) for number in range(dusk)]
    dark = [Showing(number, look, row) for number in range(dusk, dawn)]
    return [*first, *dark, *(Showing(number, same, f"after {row or 'black frames'}") for number in range(dawn, count))]


def same(image: np.ndarray) -> np.ndarray:
    return image


def black(image: np.ndarray) -> np.ndarray:
    return np.zeros_like(image)


def night(image: np.ndarray) -> np.ndarray:
    """A picture in a light of a seventh, bluish, with the noise of a sensor; it is made up, and no night footage.

    0.15 (x / 255)^1.6 (0.8, 0.9, 1.2) + N(0, 0.01), times 255
    """
    noise = np.random.default_rng(0).normal(0, 0.01, image.shape)
    light = 0.15 * (image / 255) ** 1.6 * (0.8, 0.9, 1.2)
    return np.clip(np.round(255 * (light + noise)), 0, 255).astype("uint8")


def matrices_of(run: Callable, frames: Sequence, shown: Sequence[Showing], merge: np.ndarray) -> dict[str, np.ndarray]:
    """Confusion matrices of a stream.

    Args:
        run: uint8 (1, height, width, 3) -> label maps and confidences of it, called in the order of the stream.
        frames: (name, image uint8 (height, width, 3), label uint8 of any size).
        shown: the stream.
        merge: predicted class -> class that it counts as.
    Returns:
        Row -> int64 (classes, classes).
    """
    found: dict[str, np.ndarray] = {}
    for number, look, row in shown:
        _, image, label = frames[number]
        label_map = run(look(image)[None])[0][0]
        if row is not None:
            predicted = merge[resize_map(label_map, label.shape[::-1])]
            found[row] = found.get(row, 0) + confusion(label, predicted, len(merge))
    return found
