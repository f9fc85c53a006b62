"""Methods on labels of a 2x2 target image: the gradient of a step, and that of a loss in numpy."""

import keras
import numpy as np

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.classes import IGNORE
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
