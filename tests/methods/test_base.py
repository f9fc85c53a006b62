"""What the methods share: passes of two domains, statistics, weights of levels, evaluation."""

import keras
import numpy as np
import pytest

from keras_uda.methods.adaptsegnet import AdaptSegNet
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.source_only import SourceOnly
from tests.toy import CLASSES
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


def stepped(kind, segmenter=None, **arguments):
    """A method of class `kind` after one step on the toy batch."""
    method = kind(segmenter or toy_segmenter(levels=2), **arguments)
    method.compile(toy_optimizers(method), run_eagerly=True)
    method.train_step(toy_batch())
    return method


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (MinEnt, {"entropy_weights": (0.0, 0.0)}),
        (AdaptSegNet, {"adversarial_weights": (0.0, 0.0), "discriminator_base": 2}),
        (AdvEnt, {"adversarial_weights": (0.0, 0.0), "discriminator_base": 2}),
    ],
)
def test_without_its_term_a_method_is_source_only(kind, arguments):
    adapted, baseline = weights_of(stepped(kind, **arguments)), weights_of(stepped(SourceOnly))
    for one, other in zip(adapted["segmenter"], baseline["segmenter"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)


def test_evaluation_is_the_mean_iou_at_the_size_of_the_labels():
    method = stepped(SourceOnly, toy_segmenter())
    batch = toy_batch(seed=5)["source"]
    prediction = np.argmax(method.segment(batch["image"])[0][0], -1)
    labels = np.where(np.random.default_rng(0).random(prediction.shape) < 0.5, prediction, 0).astype("uint8")
    labels[:, 0] = 255
    method = SourceOnly(frozen_copy(method.segmenter))
    method.compile(toy_optimizers(method), run_eagerly=True)
    prediction = np.argmax(method.segment(batch["image"])[0][0], -1)
    valid, scores = labels != 255, []
    for c in range(CLASSES):
        both = np.sum(valid & (labels == c) & (prediction == c))
        either = np.sum(valid & ((labels == c) | (prediction == c)))
        scores += [both / either] if either else []
    result = method.test_step((batch["image"].astype("float32"), labels))
    assert float(result["miou"]) == pytest.approx(np.mean(scores), abs=1e-5)


def frozen_copy(segmenter):
    """The same weights, normalising with moving statistics in training too."""
    copy = toy_segmenter()
    copy.set_weights(segmenter.get_weights())
    for layer in copy.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    return copy
