"""Which pixels a person should label next: where predictions of a neighbourhood differ and are unsure (RIPU).

Numpy alone, one class at a time, so that a frame of any size takes the memory of a few maps of its size.
Source: Xie et al., Towards Fewer Annotations: Active Learning via Region Impurity and Prediction Uncertainty (RIPU),
CVPR 2022, https://arxiv.org/abs/2111.12940; released code BIT-DA/RIPU
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SMALLEST = 1e-6  # inside of logarithms, as released
RELEASED_CLASSES = 19  # the released code divides by log 19 for every number of classes
PUBLISHED_RADIUS = 32  # of single pixels, in images of 1280x640
RADIUS_SHARE = PUBLISHED_RADIUS / 640  # of the height of an image


class Place(NamedTuple):
    """A pixel: its row and its column from 0."""

    row: int
    column: int


def window_mean(values: np.ndarray, radius: int) -> np.ndarray:
    """Mean over the window of (2 radius + 1)^2 pixels around each pixel, as far as it lies in the image.

    Args:
        values: (H, W) of any real type.
    Returns:
        float64 (H, W).
    """
    height, width = values.shape
    sums = np.pad(np.cumsum(np.cumsum(values, axis=0, dtype="float64"), axis=1), ((1, 0), (1, 0)))
    top, bottom = _bounds(height, radius)
    left, right = _bounds(width, radius)
    totals = sums[bottom][:, right] - sums[top][:, right] - sums[bottom][:, left] + sums[top][:, left]
    return totals / ((bottom - top)[:, None] * (right - left)[None])


def _bounds(length: int, radius: int) -> tuple[np.ndarray, np.ndarray]:
    places = np.arange(length)
    return np.maximum(places - radius, 0), np.minimum(places + radius + 1, length)


def impurity(label_map: np.ndarray, classes: int, radius: int) -> np.ndarray:
    """Entropy of the shares that classes have in the window around each pixel.

        I[i] = -sum over c of d[c] log(d[c] + 1e-6),   d[c] = share of class c in the window around i

    Args:
        label_map: integer (H, W), predicted.
        classes: C.
        radius: k; the window has (2k + 1)^2 pixels.
    Returns:
        float64 (H, W), in [0, log C].
    """
    result = np.zeros(label_map.shape)
    for number in range(classes):
        shares = window_mean(label_map == number, radius)
        result -= shares * np.log(shares + SMALLEST)
    return result


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """float64 (H, W): -sum over c of p[c] log(p[c] + 1e-6) of softmax (H, W, C)."""
    result = np.zeros(probabilities.shape[:2])
    for number in range(probabilities.shape[-1]):
        one = probabilities[..., number].astype("float64")
        result -= one * np.log(one + SMALLEST)
    return result


def uncertainty(probabilities: np.ndarray, radius: int) -> np.ndarray:
    """float64 (H, W): mean entropy in the window around each pixel, of softmax (H, W, C)."""
    return window_mean(entropy(probabilities), radius)


def region_scores(probabilities: np.ndarray, radius: int = 1) -> np.ndarray:
    """What labelling the window around each pixel tells: impurity x mean uncertainty.

        S[i] = I[i] / log 19 * mean over the window of H / log 19

    Args:
        probabilities: float (H, W, C), softmax at the size that places count in.
        radius: k of the window; published 1, and 9 without a source.
    Returns:
        float64 (H, W).
    """
    unit = math.log(RELEASED_CLASSES)
    label_map, classes = probabilities.argmax(-1), probabilities.shape[-1]
    return impurity(label_map, classes, radius) / unit * (uncertainty(probabilities, radius) / unit)


def pixel_scores(probabilities: np.ndarray, radius: int = PUBLISHED_RADIUS) -> np.ndarray:
    """What labelling each pixel tells: impurity of its window x its own entropy.

    Args:
        probabilities: float (H, W, C), softmax.
        radius: of the window.
    Returns:
        float64 (H, W).
    """
    return impurity(probabilities.argmax(-1), probabilities.shape[-1], radius) * entropy(probabilities)


def highest(scores: np.ndarray, count: int, apart: int, excluded: np.ndarray | None = None) -> list[Place]:
    """The places with the highest scores, one after the other; equal ones by row, then by column.

    Args:
        scores: float (H, W).
        count: how many; fewer where no place is left.
        apart: a place excludes those that lie at most so many rows and columns away.
        excluded: bool (H, W), places that are no candidates; the exclusions are written into it.
    """
    excluded = np.zeros(scores.shape, bool) if excluded is None else excluded
    left, places = np.where(excluded, -np.inf, scores), []
    for _ in range(count):
        row, column = np.unravel_index(left.argmax(), left.shape)
        if left[row, column] == -np.inf:
            break
        places.append(Place(int(row), int(column)))
        near = window(places[-1], apart)
        left[near], excluded[near] = -np.inf, True
    return places


def regions_of_round(pixels: int, ratio: float, rounds: int, radius: int) -> int:
    """Windows per image in one of `rounds` rounds that together label the share `ratio` of its pixels."""
    return math.ceil(pixels * (ratio / rounds) / (2 * radius + 1) ** 2)


def window(place: Place, radius: int) -> tuple[slice, slice]:
    """Rows and columns at most `radius` away, as slices; those beyond the image fall away when they index it."""
    return tuple(slice(max(0, one - radius), one + radius + 1) for one in place)


def inside_windows(places: Sequence[Place], shape: tuple[int, int], radius: int) -> np.ndarray:
    """bool (H, W): what is labelled where whole windows around places are."""
    chosen = np.zeros(shape, bool)
    for place in places:
        chosen[window(place, radius)] = True
    return chosen


def places_to_click(probabilities: np.ndarray, count: int, candidates: np.ndarray | None = None) -> list[Place]:
    """Pixels of one image that a person should label, the best first: `pixel_scores`, a window apart.

    The window is the published one in shares of the height of the image: 10 pixels to each side of 192 rows.

    Args:
        probabilities: float (H, W, C), softmax.
        count: how many; fewer where no place is left.
        candidates: bool (H, W), pixels that may be chosen; None: all.
    """
    radius = max(1, round(RADIUS_SHARE * len(probabilities)))
    excluded = None if candidates is None else ~candidates
    return highest(pixel_scores(probabilities, radius), count, radius, excluded)
