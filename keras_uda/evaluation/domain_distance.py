"""How far apart a segmenter sees both domains: the covariances of its pooled features, which need no target labels."""

import keras
import numpy as np
from keras import ops

from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.losses.moments import covariance
from keras_uda.losses.moments import pooled
from keras_uda.segmenters.inference import outputs_of

FRAMES = 30  # of each domain
GRID = 4


def relative_distance(source: np.ndarray, target: np.ndarray) -> float:
    """Distance of two covariances in units of their size: that of CORAL, where the scale of features does not count.

        D = ||C_s - C_t||_F^2 / (||C_s||_F ||C_t||_F);   0 where they are equal, 2 and more where nothing is shared

    Args:
        source, target: float (d, d), each with an entry that is not 0.
    Source: Sun and Saenko, Deep CORAL, ECCV 2016 workshops, https://arxiv.org/abs/1607.01719; the units: this project.
    """
    sizes = np.linalg.norm(source) * np.linalg.norm(target)
    return float(np.sum(np.square(source - target)) / np.maximum(sizes, 1e-30))


def domain_distance(segmenter: keras.Model, source: Prepared, target: Prepared) -> float:
    """`relative_distance` of the last features of a segmenter, pooled over images and over 4 x 4 cells of them.

    Args:
        segmenter: float32.
        source, target: up to 30 frames of each, spread evenly, are looked at; no label of the target is opened.
    """
    return relative_distance(*(feature_covariance(segmenter, domain) for domain in (source, target)))


def feature_covariance(segmenter: keras.Model, domain: Prepared) -> np.ndarray:
    """float32 (d, d), of the pooled features of frames."""
    frames = evaluation_frames(domain, FRAMES)
    vectors = [pooled(outputs_of(segmenter, image[None])["features"], GRID)[0] for _, image, _ in frames]
    return np.asarray(covariance(ops.concatenate(vectors)))
