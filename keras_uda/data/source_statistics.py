"""What methods want to know of the source labels: how often classes occur, and how large they are where they do."""

import math

import numpy as np

from keras_uda.data.joined import weights_of_rows
from keras_uda.data.prepared import Prepared
from keras_uda.data.prepared import labels_of

LABELS_COUNTED = 1000
BOUNDARY = 0.1


def class_areas(label: np.ndarray, classes: int) -> np.ndarray:
    """float64 (C,): share of the image area that each class covers; ignored pixels stay in the area."""
    return np.bincount(label[label < classes].ravel(), minlength=classes) / label.size


def typical_areas(areas: np.ndarray) -> np.ndarray:
    """The trimmed mean area of each class where it is more than a speck.

        m <- 0;  ten times:  m <- mean of a[n] over the images with a[n] > 0.1 m

    Args:
        areas: float (images, C), areas or pixel counts.
    Returns:
        float64 (C,) in the unit of `areas`; NaN for a class that no image holds.
    Source: released code of Paul et al., Domain Adaptive Semantic Segmentation Using Weak Labels, ECCV 2020
    """
    areas = np.asarray(areas, "float64")
    typical = np.zeros(areas.shape[1])
    for _ in range(10):
        large = areas > 0.1 * typical
        with np.errstate(invalid="ignore", divide="ignore"):
            typical = (areas * large).sum(axis=0) / large.sum(axis=0)
    return typical


def source_class_areas(source: Prepared, classes: int) -> np.ndarray:
    """float64 (images, C): share of the image that each class covers, of at most a thousand labels, evenly spaced."""
    return np.array([class_areas(label, classes) for _, label in labels_of(_counted(source))])


def _counted(source: Prepared) -> Prepared:
    return source.take(range(0, len(source), max(1, math.ceil(len(source) / LABELS_COUNTED))))


def source_areas(source: Prepared, classes: int, share: float = 0.1) -> tuple[float, ...]:
    """Shares of the image area above which a source class counts as present.

    Args:
        source: with labels at network size.
        classes: C.
        share: of the typical area of the class.
    Returns:
        C numbers; 1 for a class that no counted image holds.
    """
    areas = source_class_areas(source, classes)
    return tuple(np.nan_to_num(share * typical_areas(areas), nan=1.0).round(9).tolist())


def source_ratios(source: Prepared, classes: int) -> tuple[float, ...]:
    """Share of each class among the labelled source pixels, as they are drawn of several sources; the sum is 1.

    Source: the prior p_s of Vu et al., ADVENT, CVPR 2019, section 3.3
    """
    areas = source_class_areas(source, classes)
    if source.shares:
        areas = areas * weights_of_rows(_counted(source))[:, None]
    areas = areas.sum(axis=0)
    return tuple((areas / max(areas.sum(), 1e-12)).round(9).tolist())


def source_sizes(source: Prepared, classes: int) -> tuple[tuple[float, ...], ...]:
    """(lower, mean, upper) share of the image for each class, over the images that hold it.

    Lower and upper cut a tenth of those images off. NaN for a class that no counted image holds.

    Source: Hoffman et al., FCNs in the Wild, 2016, section 3.3
    """
    areas = source_class_areas(source, classes)
    return tuple(_sizes(areas[areas[:, index] > 0, index]) for index in range(classes))


def _sizes(areas: np.ndarray) -> tuple[float, ...]:
    if not len(areas):
        return (float("nan"),) * 3
    lower, upper = np.quantile(areas, (BOUNDARY, 1 - BOUNDARY))
    return tuple(np.round((lower, areas.mean(), upper), 9).tolist())
