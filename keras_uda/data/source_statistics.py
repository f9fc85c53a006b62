"""What methods want to know of the source labels: how often classes occur, and how large they are where they do."""

import math

import numpy as np

from keras_uda.data.prepared import Prepared
from keras_uda.weak_labels.derive import class_areas
from keras_uda.weak_labels.join import labels_of

LABELS_COUNTED = 1000
BOUNDARY = 0.1


def source_class_areas(source: Prepared, classes: int) -> np.ndarray:
    """float64 (images, C): share of the image that each class covers, of at most a thousand labels, evenly spaced."""
    step = max(1, math.ceil(len(source) / LABELS_COUNTED))
    counted = Prepared(source.images[::step], source.labels[::step], source.names[::step], source.size)
    return np.array([class_areas(label, classes) for _, label in labels_of(counted)])


def source_ratios(source: Prepared, classes: int) -> tuple[float, ...]:
    """Share of each class among the labelled source pixels; the sum is 1.

    Source: the prior p_s of Vu et al., ADVENT, CVPR 2019, section 3.3
    """
    areas = source_class_areas(source, classes).sum(axis=0)
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
