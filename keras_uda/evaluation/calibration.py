"""Whether a segmenter is as often right as it says: confidence against accuracy. numpy only."""

import numpy as np

LEVELS = 256  # of a confidence in units of 1/255
BINS = 15


def confidence_levels(label: np.ndarray, prediction: np.ndarray, confidence: np.ndarray, classes: int) -> np.ndarray:
    """How many labelled pixels have each confidence, and how many of them are right.

    Args:
        label: integers of any shape; what is outside [0, classes) is ignored.
        prediction: integers of the same shape; classes that are merged for scoring are merged here too.
        confidence: uint8 of the same shape, in units of 1/255.
        classes: C.
    Returns:
        int64 (256, 2): pixels, right ones. They add up over frames.
    """
    valid = (label >= 0) & (label < classes)
    level, right = confidence[valid], (label == prediction)[valid]
    return np.stack([np.bincount(one, minlength=LEVELS) for one in (level, level[right])], axis=1)


def calibration_error(levels: np.ndarray) -> float | None:
    """Expected calibration error: mean distance between confidence and accuracy.

        ECE = sum_b |B_b| / N | accuracy(B_b) - confidence(B_b) |,   15 bins of equal width

    Args:
        levels: int64 (256, 2) of `confidence_levels`.
    Returns:
        In [0, 1]; None without a labelled pixel.
    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2,
        https://arxiv.org/abs/1706.04599
    """
    pixels, right = levels.T
    confidence = np.arange(LEVELS) / (LEVELS - 1)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    claimed, found = (np.bincount(bins, weights=one, minlength=BINS) for one in (pixels * confidence, right))
    return float(np.abs(found - claimed).sum() / pixels.sum()) if pixels.sum() else None
