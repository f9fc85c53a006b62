"""How far features have moved from those that the training began with, where the labels show things."""

import numpy as np
from keras import ops

from keras_uda.losses.segmentation import has_label
from keras_uda.ops.replicas import divisor


def cell_labels(labels, size: tuple[int, int], classes: int, min_ratio: float):
    """The class that fills a cell of a feature map, where one class fills it.

        share[i, c] = share of cell i that is labelled c;   y[i] = argmax_c share[i, c] where that is >= min_ratio

    Pixels without a label are one class more, so a cell of mostly such pixels has none. A pixel that lies in two cells,
    where the sizes are no multiples, counts for each by the part that lies in it. All is counted in whole numbers.

    Args:
        labels: integer (batch, H, W), ids in [0, classes); `IGNORE` and negative ids are no label.
        size: (h, w) of the feature map.
        classes: C.
        min_ratio: least share; cells with exactly it count.
    Returns:
        int32 (batch, h, w), ids in [0, C); -1 where no class fills the cell.
    Source: `downscale_label_ratio` of github.com/lhoyer/DAFormer mmseg/utils/utils.py
    """
    height, width = labels.shape[1:3]
    ids = ops.where(has_label(labels), ops.cast(labels, "int32"), classes)
    one_hot = ops.one_hot(ids, classes + 1, dtype="float32")
    rows, columns = overlaps(height, size[0]), overlaps(width, size[1])
    counts = ops.einsum("iy,nyxc->nixc", rows, one_hot)
    counts = ops.einsum("jx,nixc->nijc", columns, counts)
    found = ops.cast(ops.argmax(counts, axis=-1), "int32")
    filled = ops.max(counts, axis=-1) / (height * width) >= min_ratio
    return ops.where(ops.logical_and(filled, found < classes), found, -1)


def overlaps(pixels: int, cells: int) -> np.ndarray:
    """float32 (cells, pixels): how much of every pixel lies in every cell, in units of 1 / cells of a pixel."""
    step = np.arange(cells)[:, None] * pixels
    place = np.arange(pixels)[None] * cells
    return np.clip(np.minimum(step + pixels, place + cells) - np.maximum(step, place), 0, None).astype("float32")


def feature_distance(features, reference, mask):
    """Mean distance of features from their reference over the cells of a mask.

        L = sum_i m[i] ||F[i] - R[i]||_2 / sum_i m[i];   0 where the mask is empty, and no gradient at distance 0

    Args:
        features: float (batch, h, w, channels).
        reference: the same; no gradient goes to it.
        mask: bool (batch, h, w).
    Returns:
        float32 scalar, not negative.
    Source: Hoyer et al., DAFormer, CVPR 2022, section 3.3, https://arxiv.org/abs/2111.14887
    """
    mask = ops.cast(mask, "float32")
    return ops.sum(mask * cell_distance(features, reference)) / divisor(ops.sum(mask))


def cell_distance(features, reference):
    """Euclidean distance over channels in every cell, with gradient 0 where it is 0.

        d[h, w] = sqrt(sum_c (F[h, w, c] - R[h, w, c])^2)

    Args:
        features, reference: float (batch, h, w, channels).
    Returns:
        float32 (batch, h, w).
    """
    reference = ops.stop_gradient(ops.cast(reference, "float32"))
    squares = ops.sum(ops.square(ops.cast(features, "float32") - reference), axis=-1)
    apart = squares > 0
    return ops.where(apart, ops.sqrt(ops.where(apart, squares, 1.0)), 0.0)
