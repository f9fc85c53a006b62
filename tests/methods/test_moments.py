"""Moments: one step written in numpy, the ramp, and one line where there is nothing to compare."""

import keras
import numpy as np
import pytest

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.moments import covariance
from keras_uda.methods.moments import Moments
from keras_uda.optimizers.build import build_optimizer
from keras_uda.segmenters.tiny import tiny
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.world.frames import frame

RATE = 0.1


def segmenter_of(into, head) -> keras.Model:
    """Two 1x1 convolutions on images of 2x2 pixels."""
    image = keras.Input((2, 2, 3))
    features = keras.layers.Conv2D(2, 1, use_bias=False, name="into")(image)
    logits = keras.layers.Conv2D(3, 1, use_bias=False, name="head")(features)
    segmenter = keras.Model(image, {"logits": logits, "features": features, "skips": {}})
    segmenter.get_layer("into").set_weights([into[None, None]])
    segmenter.get_layer("head").set_weights([head[None, None]])
    return segmenter


def samples(maps):
    """The mean of an image, and its four pixels, which are the cells of a grid of two."""
    return np.concatenate([maps.mean(axis=(0, 1))[None], maps.reshape(4, -1)])


def distance(into, images):
    """[||C_s - C_t||^2 / d^2 + ||m_s - m_t||^2 / d] / 4 as a function of the first convolution."""
    rows = [samples(image @ into) for image in images]
    covariances = [np.cov(one.T) for one in rows]
    means = [one.mean(axis=0) for one in rows]
    return (np.sum((covariances[0] - covariances[1]) ** 2) / 4 + np.sum((means[0] - means[1]) ** 2) / 2) / 4


def numeric_gradient(function, point, step=1e-6):
    gradient = np.zeros_like(point)
    for place in np.ndindex(point.shape):
        away = np.zeros_like(point)
        away[place] = step
        gradient[place] = (function(point + away) - function(point - away)) / (2 * step)
    return gradient


def test_one_step_by_hand():
    rng = np.random.default_rng(0)
    into, head = rng.normal(size=(3, 2)), rng.normal(size=(2, 3))
    segmenter = segmenter_of(into, head)
    method = Moments(segmenter, coral_weight=0.5, match_means=True, grid=2, total_steps=100)
    sgd = OptimizerConfig("sgd", RATE, arguments={"momentum": 0.0}, schedule={})
    method.compile({"segmenter": build_optimizer(sgd, 10)}, run_eagerly=True)
    method.optimizers["segmenter"].iterations.assign(25)
    images, labels = rng.normal(size=(2, 2, 2, 3)), np.array([[0, 2], [255, 1]])
    batch = {"source": {"image": images[:1], "label": labels[None]}, "target": {"image": images[1:]}}
    logs = method.train_step(batch)

    ramp = 2 / (1 + np.exp(-10 * 0.25)) - 1
    maps = images[0] @ into
    exp = np.exp(maps @ head)
    wrong = exp / exp.sum(-1, keepdims=True) - np.eye(4)[np.minimum(labels, 3)][..., :3]
    wrong = wrong * (labels != 255)[..., None] / 3
    gradient = np.einsum("hwi,hwo->io", images[0], wrong @ head.T)
    gradient += 0.5 * ramp * numeric_gradient(lambda one: distance(one, images), into)
    np.testing.assert_allclose(logs["coral"], distance(into, images), rtol=1e-5)
    np.testing.assert_allclose(logs["alignment_ramp"], ramp, rtol=1e-5)
    np.testing.assert_allclose(segmenter.get_layer("into").kernel[0, 0], into - RATE * gradient, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        segmenter.get_layer("head").kernel[0, 0], head - RATE * np.einsum("hwi,hwo->io", maps, wrong), rtol=1e-4
    )


def test_vectors_stand_beside_those_of_other_images_at_the_same_place():
    """So that the ring of the linear form joins images, and not cells of one image."""
    method = Moments(toy_segmenter(), grid=1)
    features = np.arange(2 * 2 * 2, dtype="float32").reshape(2, 2, 2, 1)
    np.testing.assert_allclose(method.vectors({"features": features})[:, 0], [1.5, 5.5, 1.5, 5.5])


@pytest.mark.parametrize("linear", [False, True])
def test_kernels_alone_draw_features_together(linear):
    batch = toy_batch(seed=1)
    found = {}
    for weight in (0.0, 100.0):
        method = Moments(toy_segmenter(), coral_weight=0.0, mmd_weight=weight, linear_mmd=linear, total_steps=1)
        method.compile(toy_optimizers(method), run_eagerly=True)
        method.optimizers["segmenter"].iterations.assign(50)  # the ramp is done
        for _ in range(5):
            method.reset_metrics()
            found[weight] = float(method.train_step(batch)["mmd"])
    assert found[100.0] < found[0.0]


def test_one_vector_is_refused():
    method = Moments(toy_segmenter(), grid=0)
    method.compile(toy_optimizers(method), run_eagerly=True)
    with pytest.raises(ConfigurationError, match="one vector"):
        method.train_step(toy_batch(size=1))


def looks_batch(count: int = 4) -> dict:
    """Frames of two looks of the built-in world, all of them in one batch."""
    both = [[frame(look, number) for number in range(count)] for look in ("sim", "street")]
    source, target = (tuple(np.stack(one) for one in zip(*frames, strict=True)) for frames in both)
    return {"source": {"image": source[0], "label": source[1]}, "target": {"image": target[0]}}


def after_training(batch: dict, **weights: float) -> tuple[list[float], float]:
    """Cross-entropy of every step, and the distance of the covariances at the end, as a part of those of the source."""
    keras.utils.set_random_seed(0)
    method = Moments(tiny(len(CITYSCAPES)), total_steps=40, **weights)
    method.compile({"segmenter": keras.optimizers.Adam(5e-3)})
    method.make_train_function()
    losses = [float(method.train_function(iter([batch]))["segmentation"]) for _ in range(40)]
    outputs = [method.segmenter(batch[domain]["image"], training=True) for domain in ("source", "target")]
    source, target = (covariance(method.vectors(one)) for one in outputs)
    return losses, float(np.sum(np.square(source - target)) / np.sum(np.square(source)))


@pytest.mark.slow
@pytest.mark.ci
def test_training_on_the_world_draws_pooled_features_together_while_the_loss_falls():
    batch = looks_batch()
    losses, apart = after_training(batch, coral_weight=0.0)
    for weights in ({"coral_weight": 100.0}, {"coral_weight": 0.0, "mmd_weight": 1.0}):
        drawn, near = after_training(batch, **weights)
        assert np.mean(drawn[-5:]) < 0.7 * np.mean(drawn[:5])
        assert near < 0.2 * apart, weights
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
