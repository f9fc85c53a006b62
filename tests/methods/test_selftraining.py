"""Self-training, CBST and its regularisers, CDA: one step computed by hand on a tiny image."""

import keras
import numpy as np
import pytest

from keras_uda.config.schema import OptimizerConfig
from keras_uda.core.classes import IGNORE
from keras_uda.methods.cbst import CBST
from keras_uda.methods.cda import CDA
from keras_uda.methods.selftraining import SelfTraining
from keras_uda.optimizers.build import build_optimizer

RATE, CLASSES = 0.5, 3


def pixelwise_segmenter() -> keras.Model:
    """logits = image . kernel, for every pixel of a 2x2 image on its own."""
    image = keras.Input((2, 2, 3))
    logits = keras.layers.Conv2D(CLASSES, 1, use_bias=False, name="logits")(image)
    model = keras.Model(image, {"logits": logits, "features": image})
    model.head_names = ("logits",)
    model.get_layer("logits").kernel.assign(kernel()[None, None])
    return model


def kernel() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(3, CLASSES)).astype("float32")


def batch(**target) -> dict:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 1, 2, 2, 3)).astype("float32")
    source = np.array([[[0, 1], [2, IGNORE]]], "uint8")
    chosen = np.array([[[1, IGNORE], [IGNORE, 0]]], "uint8")
    target = {"image": images[1], "pseudo_label": chosen} | target
    return {"source": {"image": images[0], "label": source}, "target": target}


def step(kind, one, **arguments) -> tuple[dict, np.ndarray]:
    """Reported losses, and the gradient that one step of plain SGD took."""
    method = kind(pixelwise_segmenter(), **arguments)
    sgd = OptimizerConfig("sgd", RATE, arguments={"momentum": 0.0}, schedule={})
    method.compile({"segmenter": build_optimizer(sgd, 10, method.segmenter)}, run_eagerly=True)
    logs = method.train_step(one)
    moved = np.asarray(method.segmenter.get_layer("logits").kernel)[0, 0]
    return {name: float(value) for name, value in logs.items()}, (kernel() - moved) / RATE


def numeric(loss) -> np.ndarray:
    """Gradient of loss(kernel) by central differences."""
    start, gradient = kernel().astype("float64"), np.zeros((3, CLASSES))
    for place in np.ndindex(3, CLASSES):
        shift = np.zeros_like(start)
        shift[place] = 1e-5
        gradient[place] = (loss(start + shift) - loss(start - shift)) / 2e-5
    return gradient


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def labelled_losses(weights, domain, labels) -> list[float]:
    logs = log_softmax(domain["image"].astype("float64") @ weights)
    return [-logs[place][labels[place]] for place in np.ndindex(labels.shape) if labels[place] != IGNORE]


@pytest.mark.parametrize("source_weight", [1.0, 0.25])
def test_self_training_is_one_mean_over_both_domains(source_weight):
    one = batch()

    def loss(weights):
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        on_target = labelled_losses(weights, one["target"], one["target"]["pseudo_label"])
        total = source_weight * sum(on_source) + sum(on_target)
        return total / (source_weight * len(on_source) + len(on_target))

    logs, gradient = step(SelfTraining, one, source_weight=source_weight)
    np.testing.assert_allclose(gradient, numeric(loss), atol=1e-4)
    weights = kernel().astype("float64")
    assert logs["segmentation"] == pytest.approx(
        np.mean(labelled_losses(weights, one["source"], one["source"]["label"])), rel=1e-4
    )
    assert logs["pseudo_labels"] == pytest.approx(
        np.mean(labelled_losses(weights, one["target"], one["target"]["pseudo_label"])), rel=1e-4
    )
    assert logs["coverage"] == 0.5


def test_without_labels_the_source_is_learned_alone():
    one = batch(pseudo_label=np.full((1, 2, 2), IGNORE, "uint8"))
    logs, gradient = step(SelfTraining, one)
    expected = numeric(lambda weights: np.mean(labelled_losses(weights, one["source"], one["source"]["label"])))
    np.testing.assert_allclose(gradient, expected, atol=1e-4)
    assert logs["pseudo_labels"] == logs["coverage"] == 0


def test_mrkld_adds_the_divergence_of_labelled_target_pixels():
    one, weight = batch(), 0.3

    def loss(weights):
        logs = log_softmax(one["target"]["image"].astype("float64") @ weights)
        chosen = one["target"]["pseudo_label"] != IGNORE
        return weight * -logs[chosen].mean()

    plain, regularised = step(CBST, one)[1], step(CBST, one, mrkld_weight=weight)[1]
    np.testing.assert_allclose(regularised - plain, numeric(loss), atol=1e-4)
    np.testing.assert_allclose(plain, step(SelfTraining, one)[1], atol=1e-7)


def test_soft_labels_replace_hard_ones():
    soft = np.random.default_rng(2).dirichlet(np.ones(CLASSES), (1, 2, 2)).astype("float32")
    one = batch(soft_label=np.round(soft * 65535).astype("uint16"))

    def loss(weights):
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        logs = log_softmax(one["target"]["image"].astype("float64") @ weights)
        chosen = one["target"]["pseudo_label"] != IGNORE
        on_target = -(soft * logs).sum(-1)[chosen]
        return (sum(on_source) + on_target.sum()) / (len(on_source) + chosen.sum())

    np.testing.assert_allclose(step(CBST, one, soft_labels=True)[1], numeric(loss), atol=1e-3)


def test_cda_adds_superpixels_and_the_distribution():
    wanted = np.array([[0.2, 0.7, 0.1]], "float32")
    one = batch(distribution=wanted)
    sizes = {"distribution_weight": 0.3, "superpixel_weight": 0.5, "sharpness": 2.0}

    def loss(weights):
        logits = one["target"]["image"].astype("float64") @ weights
        probabilities = np.exp(log_softmax(logits))
        relative = ((probabilities / probabilities.max(-1, keepdims=True)) ** 2).mean((1, 2))
        distribution = -(wanted * np.log(relative / relative.sum(-1, keepdims=True))).sum()
        on_target = labelled_losses(weights, one["target"], one["target"]["pseudo_label"])
        superpixels = sum(on_target) / 1.1 / 4  # one pixel of each of two classes, four pixels in all
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        return np.mean(on_source) + 0.5 * superpixels + 0.3 * distribution

    np.testing.assert_allclose(step(CDA, one, **sizes)[1], numeric(loss), atol=1e-4)
