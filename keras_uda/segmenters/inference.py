"""The only place that runs a segmenter on frames: in evaluation, pseudo-labels, selection, pictures and exports.

Upsampled logits have aligned corners everywhere, the grid of the published DeepLab-v2 codes.
"""

import math
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_uda.ops.resize import upsample


class Prediction(NamedTuple):
    """A segmenter's answer to one frame.

    Args:
        name: of the frame.
        image: uint8 (H, W, 3), as the segmenter sees it.
        label: uint8 (h, w), or None.
        label_map: uint8 of the size of the label, of the image without one.
        entropy: uint8 (H, W), in units of 1/255 of its maximum; None: not known.
        confidence: uint8 of the size of the label map, probability of its classes in units of 1/255; None: not made.
    """

    name: str
    image: np.ndarray
    label: np.ndarray | None
    label_map: np.ndarray
    entropy: np.ndarray | None
    confidence: np.ndarray | None = None


def outputs_of(segmenter: keras.Model, images) -> dict:
    """What the segmenter gives for images (batch, height, width, 3), RGB 0..255 of any type, outside of training."""
    return segmenter(tf.cast(images, "float32"), training=False)


def logits_of(segmenter: keras.Model, images, size=None):
    """Logits of images.

    Args:
        images: RGB 0..255 (batch, height, width, 3), any type.
        size: what `upsample` takes; None leaves the logits at the stride of the segmenter.
    Returns:
        float32 (batch, h, w, classes).
    """
    logits = outputs_of(segmenter, images)["logits"]
    return logits if size is None else upsample(logits, size)


def probabilities_of(segmenter: keras.Model, images, size=None):
    """Softmax of `logits_of`: float32 (batch, h, w, classes)."""
    return tf.nn.softmax(logits_of(segmenter, images, size))


def label_map_of(segmenter: keras.Model, images, size=None) -> np.ndarray:
    """Class of the largest logit of every pixel of `logits_of`: int64 (batch, h, w)."""
    return tf.argmax(logits_of(segmenter, images, size), -1).numpy()


def label_map_and_confidence(segmenter: keras.Model, image) -> dict:
    """Runs the segmenter on frames of its own size; what every export gives in its first form.

        label_map = argmax of the upsampled logits, confidence = round(255 * max softmax of the upsampled logits)

    Args:
        segmenter: float32, RGB 0..255 -> {"logits", ...}.
        image: uint8 (batch, height, width, 3), RGB.
    Returns:
        {"confidence", "label_map"}: uint8 (batch, height, width).
    """
    logits = logits_of(segmenter, image, image)
    # keras.ops.argmax puts BitwiseAnd into the graph, which LiteRT does not have.
    label_map = tf.argmax(logits, -1, output_type="int32")
    return {"confidence": confidence_of(logits), "label_map": tf.cast(label_map, "uint8")}


def runner_of(segmenter) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function uint8 (n, height, width, 3) -> label maps, confidences, uint8 (n, height, width), as exports are."""
    graph = tf.function(lambda image: label_map_and_confidence(segmenter, image))

    def run(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        maps = graph(tf.constant(images))
        return maps["label_map"].numpy(), maps["confidence"].numpy()

    return run


def confidence_of(logits):
    """Largest probability of every pixel in units of 1/255: uint8 (batch, h, w)."""
    # max softmax = 1 / sum exp(logits - max): a third less time than softmax in LiteRT.
    confidence = tf.round(255.0 / tf.reduce_sum(tf.exp(logits - tf.reduce_max(logits, -1, keepdims=True)), -1))
    return tf.cast(confidence, "uint8")


def maps_of_frames(segmenter: keras.Model, image, size) -> tuple:
    """Runs the segmenter once, on frames whose labels may have another size.

        label_map = argmax of the logits at `size`, entropy = round(-255 / log C * sum_c p[c] log p[c]) at the image,
        confidence = round(255 * max softmax of the logits at `size`)

    Args:
        image: uint8 (batch, H, W, 3), RGB.
        size: (h, w) of the label map.
    Returns:
        label map uint8 (batch, h, w), entropy uint8 (batch, H, W), confidence uint8 (batch, h, w).
    """
    logits = logits_of(segmenter, image)
    at_label = upsample(logits, size)
    label_map = tf.argmax(at_label, -1)
    at_image = upsample(logits, image)
    entropy = -tf.reduce_sum(tf.nn.softmax(at_image) * tf.nn.log_softmax(at_image), -1) / math.log(logits.shape[-1])
    return tf.cast(label_map, "uint8"), tf.cast(tf.round(255 * entropy), "uint8"), confidence_of(at_label)


def predictions(segmenter: keras.Model, frames: Iterable) -> Iterator[Prediction]:
    """Predicts (name, image, label) frames one by one, each at the resolution of its own label."""

    @tf.function(reduce_retracing=True)
    def predict(image, height, width):
        return maps_of_frames(segmenter, image, (height, width))

    for name, image, label in frames:
        size = (image if label is None else label).shape[:2]
        label_map, entropy, confidence = (maps[0].numpy() for maps in predict(image[None], *map(tf.constant, size)))
        yield Prediction(name, image, label, label_map, entropy, confidence)
