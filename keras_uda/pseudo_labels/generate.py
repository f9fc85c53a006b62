"""Runs a segmenter over the target images, twice: to see how certain it is of each class, and to write the labels."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.console import progress
from keras_uda.core.console import warn
from keras_uda.core.errors import NumericsError
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.ops.resize import upsample
from keras_uda.pseudo_labels.label_folder import LabelFolder
from keras_uda.pseudo_labels.selection import rare_classes
from keras_uda.pseudo_labels.selection import select
from keras_uda.pseudo_labels.selection import select_soft
from keras_uda.pseudo_labels.selection import soften
from keras_uda.pseudo_labels.thresholds import Confidences
from keras_uda.segmenters.inference import logits_of
from keras_uda.segmenters.inference import outputs_of

MOST_WITHOUT_LABELS = 0.95  # share of the images; above it there is a warning


class SoftPrediction(NamedTuple):
    """What a segmenter predicts of one target image.

    Args:
        name: of the sample.
        image: uint8 (H, W, 3).
        probabilities: float32 (H, W, C), times the prior if there is one.
        coarse: float32 (h, w, C), the same at the stride of the logits.
        features: float32 (h', w', F), the last map before the classifier; a tensor, most labellers do not need it.
    """

    name: str
    image: np.ndarray
    probabilities: np.ndarray
    coarse: np.ndarray
    features: tf.Tensor


class Labels(NamedTuple):
    """The labels of one image: uint8 (H, W), float32 (h, w, C) or None, and JSON values beside them."""

    label: np.ndarray
    soft: np.ndarray | None = None
    more: dict = {}


class Predict(Protocol):
    """Predictions of the target images, or of `most` of them, evenly spaced; may be asked for again."""

    def __call__(self, most: int | None = None) -> Iterable[SoftPrediction]: ...


class Labeller(Protocol):
    """A way to choose labels: decides on all predictions first, then labels each."""

    def decide(self, predict: Predict) -> dict[str, np.ndarray]: ...

    def label(self, prediction: SoftPrediction, decisions: dict[str, np.ndarray]) -> Labels: ...


class Thresholds:
    """Labels where the prediction is certain enough: the policies of CBST and of plain self-training.

    Args:
        config: policy, portion, ...
        classes: C.
    """

    def __init__(self, config: PseudoLabelConfig, classes: int):
        self.config, self.classes = config, classes

    def decide(self, predict: Predict) -> dict[str, np.ndarray]:
        """`thresholds` float32 (C,), `predicted` int64 (C,) pixels, `rare` ids of the classes to mine."""
        config, confidences = self.config, Confidences(self.classes, self.config.every)
        for prediction in predict():
            confidences.add(prediction.probabilities.argmax(-1).astype("uint8"), prediction.probabilities.max(-1))
        balanced = config.policy == "class_balanced"
        thresholds = confidences.thresholds(config.portion, balanced=balanced, extra_zero=config.extra_zero)
        if config.policy == "confidence":
            thresholds = np.full(self.classes, max(config.threshold, 1e-6), "float32")
        return {"thresholds": thresholds, "predicted": confidences.pixels, "rare": rare_classes(confidences.pixels)}

    def label(self, prediction: SoftPrediction, decisions: dict[str, np.ndarray]) -> Labels:
        thresholds, alpha = decisions["thresholds"], self.config.label_entropy
        if alpha:
            soft = soften(prediction.coarse, thresholds, alpha)
            return Labels(select_soft(prediction.probabilities, thresholds, alpha), soft)
        return Labels(select(prediction.probabilities, thresholds), prediction.coarse if self.config.soft else None)


def predictor(segmenter: keras.Model, flip: bool, prior: np.ndarray | None):
    """A compiled function: image uint8 (1, H, W, 3) -> probabilities (H, W, C), coarse (h, w, C), features."""

    def averaged(logits, mirrored):
        return (tf.nn.softmax(logits) + tf.reverse(tf.nn.softmax(mirrored), axis=[2])) / 2

    @tf.function(reduce_retracing=True)
    def predict(image):
        outputs = outputs_of(segmenter, image)
        logits, features = outputs["logits"], outputs["features"]
        mirrored = logits_of(segmenter, tf.reverse(image, axis=[2])) if flip else tf.reverse(logits, axis=[2])
        probabilities, coarse = averaged(upsample(logits, image), upsample(mirrored, image)), averaged(logits, mirrored)
        if prior is not None:
            probabilities, coarse = probabilities * prior, coarse * tf.image.resize(prior, tf.shape(coarse)[1:3])
        return probabilities[0], coarse[0], features[0]

    return predict


def soft_predictions(
    segmenter: keras.Model,
    images: Prepared,
    description: str,
    flip: bool = False,
    prior: np.ndarray | None = None,
    most: int | None = None,
) -> Iterator[SoftPrediction]:
    """Predicts the images one by one: a batch would change the last bits with the images that share it."""
    predict = predictor(segmenter, flip, prior)
    frames = evaluation_frames(images, most)
    for name, image, _ in progress(frames, description, len(frames)):
        probabilities, coarse, features = predict(image[None])
        yield SoftPrediction(name, image, probabilities.numpy(), coarse.numpy(), features)


def generate(
    target: Prepared,
    segmenter: keras.Model,
    labeller: Labeller,
    folder: LabelFolder,
    flip: bool = False,
    prior: np.ndarray | None = None,
) -> dict:
    """Writes the labels that are not in the folder yet.

    Args:
        target: images to label; their own labels are not opened.
        segmenter: float32.
        labeller: decides.
        folder: opened, with labels of some images perhaps.
        flip: average with the mirrored image.
        prior: float32 (H, W, C), multiplies the probabilities.
    Returns:
        The manifest.
    Raises:
        NumericsError: not one pixel got a label.
    """
    images = Prepared(target.images, None, target.names, target.size, digests=target.digests)

    def predict(most: int | None = None) -> Iterator[SoftPrediction]:
        return soft_predictions(segmenter, images, "looking at target images", flip, prior, most)

    decisions = folder.decisions()
    if not decisions:
        decisions = labeller.decide(predict)
        folder.decide(**decisions)
    left = [row for row, name in enumerate(images.names) if name not in folder.entries]
    if left:
        for prediction in soft_predictions(segmenter, images.take(left), "writing pseudo-labels", flip, prior):
            labels = labeller.label(prediction, decisions)
            folder.add(prediction.name, labels.label, labels.soft, **labels.more)
    return folder.finish(**totals(folder, decisions, target.size))


def totals(folder: LabelFolder, decisions: dict[str, np.ndarray], size: tuple[int, int]) -> dict:
    """The figures of the manifest; warns where they are poor.

    Raises:
        NumericsError: nothing got a label.
    """
    names = folder.identity["classes"]
    pixels = np.sum([entry["pixels"] for entry in folder.entries.values()], axis=0)
    empty = sum(not any(entry["pixels"]) for entry in folder.entries.values())
    if not pixels.sum():
        what = f"not one pixel of {len(folder.entries)} target images got a label"
        raise NumericsError(folder.path, what, "Raise `portion` or lower `threshold` under `pseudo_labels`")
    if empty > MOST_WITHOUT_LABELS * len(folder.entries):
        share = f"{empty / len(folder.entries):.0%}"
        warn(f"{folder.path}: {share} of the target images have no label; raise `portion` under `pseudo_labels`")
    figures = {
        "pixels": dict(zip(names, pixels.tolist(), strict=True)),
        "coverage": float(pixels.sum() / (size[0] * size[1] * len(folder.entries))),
        "images_without_labels": empty,
    }
    for key in ("thresholds", "predicted"):
        if key in decisions:
            figures[key] = dict(zip(names, decisions[key].tolist(), strict=True))
    if "rare" in decisions:
        figures["rare"] = [names[index] for index in decisions["rare"]]
    return figures
