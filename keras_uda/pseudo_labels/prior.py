"""Where in the image the source labels have each class."""

import cv2
import numpy as np

from keras_uda.data.domains import Prepared
from keras_uda.data.prepared import labels_of

LABELS_COUNTED = 1000
KERNEL = 70 / 1052  # side of the published kernel in units of the height of a GTA5 image


def spatial_prior(source: Prepared, classes: int, size: tuple[int, int]) -> np.ndarray:
    """Frequency of every class at every position, smoothed; the largest value of each class is 1.

        q_c = G * [mean over source images of 1(y = c)];   q_c <- q_c / max over positions of q_c

    Args:
        source: with labels at network size; at most a thousand of them are read.
        classes: C.
        size: (width, height) of the target maps.
    Returns:
        float32 (height, width, C) in [0, 1]; 0 everywhere for a class that the source does not have.
    Source: Zou et al., CBST, ECCV 2018, section 4.3 (CBST-SP): frequencies smoothed with a 70x70 Gaussian kernel and
        normalised. The released code reads the result from a file, so how it was normalised is not known; ours can only
        lower a confidence.
    """
    width, height = source.size
    counts = np.zeros((height * width, classes), "float32")
    rows = np.unique(np.linspace(0, len(source) - 1, min(len(source), LABELS_COUNTED)).round().astype(int))
    for _, label in labels_of(source.take(rows)):
        known = np.flatnonzero(label.ravel() < classes)
        counts[known, label.ravel()[known]] += 1
    side = 2 * round(KERNEL * height / 2) + 1
    prior = np.stack([_smoothed(plane, side, size) for plane in counts.T.reshape(classes, height, width)], -1)
    return prior / np.maximum(prior.max((0, 1)), 1e-12)


def _smoothed(plane: np.ndarray, side: int, size: tuple[int, int]) -> np.ndarray:
    smooth = cv2.GaussianBlur(np.ascontiguousarray(plane), (side, side), 0, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR)
