"""Curriculum domain adaptation: what shallow classifiers, trained on the source, predict of target images.

A logistic regression predicts how the classes of an image are distributed; a linear SVM the class of superpixels, of
which the most certain ones are the landmarks. Both read pooled features of a segmenter that was trained on the source.
"""

from collections.abc import Iterable
from typing import NamedTuple

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import SGDClassifier

from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.classes import IGNORE
from keras_uda.data.prepared import Prepared
from keras_uda.data.prepared import labels_of
from keras_uda.data.source_statistics import class_areas
from keras_uda.pseudo_labels.generate import Labels
from keras_uda.pseudo_labels.generate import Predict
from keras_uda.pseudo_labels.generate import SoftPrediction
from keras_uda.pseudo_labels.generate import soft_predictions
from keras_uda.pseudo_labels.superpixels import dominant_labels
from keras_uda.pseudo_labels.superpixels import pooled
from keras_uda.pseudo_labels.superpixels import superpixels
from keras_uda.pseudo_labels.superpixels import with_neighbours

COMPONENTS = 59  # as many numbers as the published features of a superpixel have
IMAGES_FOR_COMPONENTS = 50
TARGET_IMAGES = 500  # from which the certainty that makes a landmark is taken


class Sample(NamedTuple):
    """A source image: int64 (n,) classes of its superpixels, their descriptors, shares of its classes, its features."""

    classes: np.ndarray
    descriptors: np.ndarray
    distribution: np.ndarray
    features: np.ndarray


class Landmarks:
    """Labels landmark superpixels, and predicts how the classes of every image are distributed.

    Args:
        config: superpixels, portion, source_images.
        classes: C.
        source: with labels.
        segmenter: float32, trained on the source.
    Source: Zhang et al., Curriculum Domain Adaptation, ICCV 2017, section 3, https://arxiv.org/abs/1707.09465
    """

    def __init__(self, config: PseudoLabelConfig, classes: int, source: Prepared, segmenter: keras.Model):
        self.config, self.classes, self.source, self.segmenter = config, classes, source, segmenter

    def decide(self, predict: Predict) -> dict[str, np.ndarray]:
        """The classifiers, the least `certainty` of a landmark, and `predicted` int64 (C,) pixels of the segmenter."""
        decisions = self.components()
        samples = list(self.samples(decisions))
        known = np.concatenate([one.classes for one in samples]) >= 0
        descriptors = np.concatenate([one.descriptors for one in samples])[known]
        labels = np.concatenate([one.classes for one in samples])[known]
        decisions |= linear_svm(descriptors, labels)
        features, shares = (np.stack([getattr(one, name) for one in samples]) for name in ("features", "distribution"))
        decisions |= distribution_regression(features, shares)
        certainties, predicted = [], np.zeros(self.classes, "int64")
        for prediction in predict(TARGET_IMAGES):
            predicted += np.bincount(prediction.probabilities.argmax(-1).ravel(), minlength=self.classes)
            certainties.append(self.judge(prediction, decisions)[2])
        certainty = np.quantile(np.concatenate(certainties), 1 - self.config.portion)
        return {**decisions, "certainty": np.array(certainty, "float32"), "predicted": predicted}

    def label(self, prediction: SoftPrediction, decisions: dict[str, np.ndarray]) -> Labels:
        segments, classes, certainties = self.judge(prediction, decisions)
        chosen = np.where(certainties >= decisions["certainty"], classes, IGNORE).astype("uint8")
        shares = expected_distribution(reduced(prediction.features, decisions).mean((0, 1)), decisions, self.classes)
        return Labels(chosen[segments], more={"distribution": shares.round(6).tolist()})

    def components(self) -> dict[str, np.ndarray]:
        """Principal components of the features of superpixels, scaled to variance 1."""
        described = (
            pooled(np.asarray(one.features), superpixels(one.image, self.config.superpixels))
            for one in self.predict_source(IMAGES_FOR_COMPONENTS)
        )
        descriptors = np.concatenate(list(described))
        count = min(COMPONENTS, *descriptors.shape)
        fitted = PCA(count, whiten=True, svd_solver="full").fit(descriptors)
        scale = np.sqrt(np.maximum(fitted.explained_variance_, 1e-12))
        return {"mean": fitted.mean_.astype("float32"), "components": (fitted.components_.T / scale).astype("float32")}

    def predict_source(self, most: int) -> Iterable[SoftPrediction]:
        images = self.some_of_source(most)
        images = Prepared(images.images, None, images.names, images.size)
        return soft_predictions(self.segmenter, images, "looking at source images")

    def some_of_source(self, most: int) -> Prepared:
        count = min(most, self.config.source_images, len(self.source))
        return self.source.take(np.linspace(0, len(self.source) - 1, count).round().astype(int))

    def samples(self, decisions: dict[str, np.ndarray]) -> Iterable[Sample]:
        labels = labels_of(self.some_of_source(self.config.source_images))
        for one, (_, label) in zip(self.predict_source(self.config.source_images), labels, strict=True):
            segments, features = superpixels(one.image, self.config.superpixels), reduced(one.features, decisions)
            yield Sample(
                dominant_labels(label, segments, self.classes),
                with_neighbours(pooled(features, segments), segments),
                class_areas(label, self.classes),
                features.mean((0, 1)),
            )

    def judge(self, one: SoftPrediction, decisions: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """int32 (H, W) superpixels, uint8 (n,) their classes, float32 (n,) how certain the SVM is."""
        segments = superpixels(one.image, self.config.superpixels)
        descriptors = with_neighbours(pooled(reduced(one.features, decisions), segments), segments)
        scores = descriptors @ decisions["svm_weights"] + decisions["svm_bias"]
        return segments, decisions["svm_classes"][scores.argmax(-1)].astype("uint8"), scores.max(-1)


def reduced(features: np.ndarray, decisions: dict[str, np.ndarray]) -> np.ndarray:
    """float32 (h, w, F) -> (h, w, components)."""
    return (np.asarray(features) - decisions["mean"]) @ decisions["components"]


def linear_svm(descriptors: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """A linear SVM, one class against the rest.

    Args:
        descriptors: float32 (n, D).
        labels: int (n,).
    Returns:
        `svm_weights` (D, K), `svm_bias` (K,), `svm_classes` int64 (K,), the classes that occur.
    """
    classes = np.unique(labels)
    if len(classes) < 2:
        return {"svm_weights": np.zeros((descriptors.shape[1], 1), "float32"), "svm_bias": np.zeros(1, "float32"),
                "svm_classes": classes if len(classes) else np.array([IGNORE])}  # fmt: skip
    fitted = SGDClassifier(loss="hinge", alpha=1e-4, average=True, random_state=0, max_iter=50).fit(descriptors, labels)
    weights, bias = fitted.coef_.T, fitted.intercept_
    if len(classes) == 2:
        weights, bias = np.concatenate([-weights, weights], 1), np.concatenate([-bias, bias])
    return {"svm_weights": weights.astype("float32"), "svm_bias": bias.astype("float32"), "svm_classes": classes}


def distribution_regression(features: np.ndarray, distributions: np.ndarray) -> dict[str, np.ndarray]:
    """Multinomial logistic regression with distributions as targets: every image counts for each class by its share.

    Args:
        features: float32 (n, F).
        distributions: float (n, C), shares of the image.
    Returns:
        `regression_weights` (F, K), `regression_bias` (K,), `regression_classes` int64 (K,), the classes that occur.
    """
    image, name = np.nonzero(distributions)
    classes = np.unique(name)
    if len(classes) < 2:
        return {"regression_weights": np.zeros((features.shape[1], len(classes)), "float32"),
                "regression_bias": np.zeros(len(classes), "float32"), "regression_classes": classes}  # fmt: skip
    fitted = LogisticRegression(max_iter=500)
    fitted.fit(features[image], name, sample_weight=distributions[image, name])
    weights, bias = fitted.coef_.T, fitted.intercept_
    if len(classes) == 2:
        weights, bias = np.concatenate([0 * weights, weights], 1), np.concatenate([0 * bias, bias])
    return {"regression_weights": weights.astype("float32"), "regression_bias": bias.astype("float32"),
            "regression_classes": classes}  # fmt: skip


def expected_distribution(features: np.ndarray, decisions: dict[str, np.ndarray], classes: int) -> np.ndarray:
    """float32 (C,), sums to 1, of an image with these features (F,)."""
    scores = features @ decisions["regression_weights"] + decisions["regression_bias"]
    shares = np.zeros(classes, "float32")
    if len(scores):
        weights = np.exp(scores - scores.max())
        shares[decisions["regression_classes"]] = weights / weights.sum()
    return shares
