"""What a segmenter says of an image and of its mirror image: pixels keep their classes there, mistakes often do not."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_uda.evaluation.metrics import confusion
from keras_uda.segmenters.inference import logits_of


class TwoViews(NamedTuple):
    """Two answers for the same pixels.

    Args:
        label_map: uint8 (H, W), of the image.
        mirrored: uint8 (H, W), of the mirror image, turned back.
    """

    label_map: np.ndarray
    mirrored: np.ndarray


def two_views(segmenter: keras.Model, images: Iterable[np.ndarray]) -> Iterator[TwoViews]:
    """Both answers for each of the images, uint8 (H, W, 3) at the size that the segmenter takes."""

    @tf.function(reduce_retracing=True)
    def predict(image):
        return tf.cast(tf.argmax(logits_of(segmenter, image, image), -1)[0], "uint8")

    for image in images:
        yield TwoViews(predict(image[None]).numpy(), predict(image[None, :, ::-1]).numpy()[:, ::-1])


def mirror_confusion(segmenter: keras.Model, images: Iterable[np.ndarray], classes: int) -> np.ndarray:
    """int64 (C, C): pixels by their class in the mirror image (rows) and in the image (columns), of all images."""
    matrix = np.zeros((classes, classes), "int64")
    for label_map, mirrored in two_views(segmenter, images):
        matrix += confusion(mirrored, label_map, classes)
    return matrix
