"""Superpixels and what is known of them: features from a coarse map, neighbours, the label that most pixels have."""

import cv2
import numpy as np
from skimage.segmentation import slic

from keras_uda.data.formats.labels import resize_nearest

LONGEST_SIDE = 320  # SLIC works on images of at most this size; its borders are enlarged
ITERATIONS = 5


def superpixels(image: np.ndarray, count: int) -> np.ndarray:
    """SLIC superpixels.

    Args:
        image: uint8 (H, W, 3).
        count: about how many.
    Returns:
        int32 (H, W) of 0 to n - 1.
    Source: Achanta et al., SLIC, TPAMI 2012, as in scikit-image
    """
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, segments = np.unique(slic(small, count, start_label=0, max_num_iter=ITERATIONS), return_inverse=True)
    return resize_nearest(segments.reshape(small.shape[:2]).astype("int32"), (width, height))


def pooled(features: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Mean features of every superpixel.

    Args:
        features: float32 (h, w, F), a coarser map of the image; every pixel has the features of its cell.
        segments: int (H, W) of 0 to n - 1.
    Returns:
        float32 (n, F).
    """
    rows = np.arange(segments.shape[0]) * features.shape[0] // segments.shape[0]
    columns = np.arange(segments.shape[1]) * features.shape[1] // segments.shape[1]
    cells = rows[:, None] * features.shape[1] + columns
    count, size = int(segments.max()) + 1, features.shape[0] * features.shape[1]
    pixels = np.bincount((segments * size + cells).ravel(), minlength=count * size).reshape(count, size)
    return (pixels / pixels.sum(1, keepdims=True)).astype("float32") @ features.reshape(size, -1)


def with_neighbours(descriptors: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """The descriptor of every superpixel beside those of its left and right neighbour, two above and two below.

    A neighbour is what lies one (or two) mean superpixel sides away from the centre; at the border it is the superpixel
    itself or the last one before the border.

    Args:
        descriptors: float32 (n, F).
        segments: int (H, W) of 0 to n - 1.
    Returns:
        float32 (n, 7 F).
    Source: Zhang et al., Curriculum Domain Adaptation, ICCV 2017, section 3.3
    """
    height, width = segments.shape
    pixels = np.bincount(segments.ravel())
    places = np.indices(segments.shape).reshape(2, -1)
    centres = np.stack([np.bincount(segments.ravel(), weights=axis) / pixels for axis in places], -1)
    side = np.sqrt(height * width / len(pixels))
    steps = [(0, -1), (0, 1), (-1, 0), (-2, 0), (1, 0), (2, 0)]
    around = [descriptors]
    for step in steps:
        row, column = np.round(centres + side * np.array(step)).astype(int).T
        around.append(descriptors[segments[row.clip(0, height - 1), column.clip(0, width - 1)]])
    return np.concatenate(around, -1)


def dominant_labels(label: np.ndarray, segments: np.ndarray, classes: int) -> np.ndarray:
    """The class that most pixels of every superpixel have; -1 where most have none.

    Args:
        label: uint8 (H, W).
        segments: int (H, W) of 0 to n - 1.
        classes: C.
    Returns:
        int64 (n,).
    """
    known = np.minimum(label, classes).astype("int64")
    counts = np.bincount((segments * (classes + 1) + known).ravel(), minlength=(segments.max() + 1) * (classes + 1))
    best = counts.reshape(-1, classes + 1).argmax(-1)
    return np.where(best == classes, -1, best)
