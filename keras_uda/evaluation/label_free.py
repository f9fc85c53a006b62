"""Scores of a segmenter that need no labels: numpy in, a number out, higher is better.

They are signs and not measurements: a network can be certain, balanced, and wrong.
"""

from collections.abc import Iterable

import numpy as np

from keras_uda.evaluation.metrics import class_iou

TEMPERATURE = 0.05
ROWS = 512  # of the similarity matrix at a time
SMALLEST = 1e-30
SMALLEST_SHARE = 1 / 200  # of the pixels


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    return -(probabilities * np.log(np.maximum(probabilities, SMALLEST))).sum(-1)


def certainty(probabilities: np.ndarray) -> float:
    """Minus the mean entropy of the predictions. A segmenter that says one class everywhere gets the best score.

        -1/N sum_i H(p_i)

    Args:
        probabilities: float (N, C), a row for every pixel.
    Source: Morerio et al., Minimal-Entropy Correlation Alignment, ICLR 2018, section 3.3,
        https://arxiv.org/abs/1711.10288
    """
    return float(-_entropy(probabilities).mean())


def information(probabilities: np.ndarray) -> float:
    """How much the predictions tell the pixels apart: certain one by one, and not all the same.

        H(1/N sum_i p_i) - 1/N sum_i H(p_i)

    Args:
        probabilities: float (N, C), a row for every pixel.
    Source: Bridle et al., Unsupervised Classifiers, Mutual Information and 'Phantom Targets', NIPS 1991
    """
    return float(_entropy(probabilities.mean(0)) - _entropy(probabilities).mean())


def neighbourhood_density(probabilities: np.ndarray) -> float:
    """How many soft neighbours a pixel has among the others: dense where classes form clusters.

        P_ij = exp(s_ij / 0.05) / sum_{k != i} exp(s_ik / 0.05),   s_ij = <p_i, p_j> / (|p_i| |p_j|)
        score = -1/N sum_i sum_{j != i} P_ij log P_ij

    Args:
        probabilities: float (N, C) with N of at least 2, a row for every pixel.
    Source: Saito et al., Tune it the Right Way: Unsupervised Validation of Domain Adaptation via Soft Neighborhood
        Density, ICCV 2021, section 3, https://arxiv.org/abs/2108.10860
    """
    unit = probabilities / np.linalg.norm(probabilities, axis=1, keepdims=True)
    entropies = []
    for first in range(0, len(unit), ROWS):
        scaled = unit[first : first + ROWS] @ unit.T / TEMPERATURE
        rows = np.arange(len(scaled))
        scaled[rows, first + rows] = -np.inf
        weights = np.exp(scaled - scaled.max(1, keepdims=True))
        entropies.append(_entropy(weights / weights.sum(1, keepdims=True)))
    return float(np.concatenate(entropies).mean())


def mirror_agreement(matrix: np.ndarray) -> float:
    """Share of the pixels that have the same class in the mirror image.

        trace(M) / sum(M)

    Args:
        matrix: int64 (C, C): pixels by their class in the mirror image (rows) and in the image (columns).
    Source: consistency under changes of the image, Sajjadi et al., NIPS 2016, https://arxiv.org/abs/1606.04586, as a
        score: this project.
    """
    return float(np.trace(matrix) / max(1, matrix.sum()))


def mirror_iou(matrix: np.ndarray, classes: np.ndarray | None = None) -> float:
    """Mean IoU of the answers for an image with those for its mirror image: what is lost there is lost by a class.

        mean_c M[c, c] / (sum_p M[c, p] + sum_g M[g, c] - M[c, c])

    Args:
        matrix: as `mirror_agreement` takes it.
        classes: numbers of the classes that count; one that is found in neither counts 0. None: those of at least
            1/200 of the pixels of the images.
    Source: as `mirror_agreement`.
    """
    classes = large_classes(matrix) if classes is None else classes
    iou = class_iou(matrix)[classes]
    return float(np.where(np.isnan(iou), 0.0, iou).mean())


def large_classes(matrix: np.ndarray) -> np.ndarray:
    """Numbers of the classes with at least 1/200 of the pixels of the images (columns); smaller ones say little."""
    return np.flatnonzero(matrix.sum(0) >= SMALLEST_SHARE * matrix.sum())


def common_classes(matrices: Iterable[np.ndarray]) -> np.ndarray:
    """Numbers of the classes that are large for any of some segmenters: what their `mirror_iou` is compared over."""
    return np.unique(np.concatenate([large_classes(matrix) for matrix in matrices]))


OF_PROBABILITIES = {"density": neighbourhood_density, "information": information, "certainty": certainty}
OF_MIRROR_IMAGES = {"mirror_agreement": mirror_agreement, "mirror_iou": mirror_iou}
SCORES = OF_PROBABILITIES | OF_MIRROR_IMAGES
