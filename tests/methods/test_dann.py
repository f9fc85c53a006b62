"""DANN: the published library's values through the shipped class, and one step written in numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.losses.weak import domain_error
from keras_uda.methods.dann import DANN
from keras_uda.ops.gradient_reversal import ramp_up
from keras_uda.ops.gradient_reversal import reverse_gradient
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.published import record_gradients
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

RATE = 0.1


@keras.saving.register_keras_serializable("tests")
class Shift(keras.layers.Layer):
    """x + a weight for every element of the batch: its gradient is that of the features."""

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shift = self.add_weight(shape=shape, initializer="zeros", name="shift")

    def call(self, x):
        return x + self.shift


class LibraryDiscriminator(keras.layers.Layer):
    """Dense-BN-relu-Dense-BN-relu-Dense of the library, without its sigmoid, for one kind of statistics."""

    smallest_map = 1

    def __init__(self, arrays, training: bool):
        super().__init__()
        self.training = training
        self.dense = [keras.layers.Dense(arrays[f"param_w{n}"].shape[1]) for n in range(3)]
        self.norms = [keras.layers.BatchNormalization(epsilon=1e-5) for _ in range(2)]
        self(np.zeros((1, 1, 1, 6), "float32"))
        for n, layer in enumerate(self.dense):
            layer.set_weights([arrays[f"param_w{n}"], arrays[f"param_b{n}"]])
        for n, layer in enumerate(self.norms):
            layer.set_weights([arrays[f"param_{name}{n}"] for name in ("gamma", "beta", "moving_mean", "moving_var")])

    def call(self, features):
        for dense, norm in zip(self.dense[:2], self.norms, strict=True):
            features = keras.ops.relu(norm(dense(features), training=self.training))
        return self.dense[2](features)


def library_method(arrays, training: bool) -> DANN:
    """DANN whose features are those of the library, at iteration 100 of 1000; the library calls the source 1."""
    count, size = arrays["in_source"].shape
    image = keras.Input((1, 1, size), batch_size=2 * count)
    features = Shift((2 * count, 1, 1, size), name="shift")(image)
    logits = keras.layers.Conv2D(2, 1, name="head")(features)
    segmenter = keras.Model(image, {"logits": logits, "features": features, "skips": {}})
    method = DANN(segmenter, domain_weight=1.0, total_steps=1000, discriminator_base=2, discriminator_depth=0)
    method.discriminator = LibraryDiscriminator(arrays, training)
    sgd = OptimizerConfig("sgd", 1e-3, arguments={"momentum": 0.0}, schedule={})
    method.compile({part: build_optimizer(sgd, 10) for part in method.trains}, run_eagerly=True)
    method.optimizers["segmenter"].iterations.assign(100)
    return method


def library_gradients(arrays, training: bool):
    """(reported losses, gradient of the features, gradients of the discriminator by name).

    With the domains in exchanged places our labels are the library's, whose source is 1.
    """
    method = library_method(arrays, training)
    received = {part: record_gradients(optimizer) for part, optimizer in method.optimizers.items()}
    source, target = (arrays[f"in_{name}"][:, None, None] for name in ("source", "target"))
    unlabelled = np.full((len(source), 1, 1), 255)
    logs = method.train_step({"source": {"image": target, "label": unlabelled}, "target": {"image": source}})
    features = received["segmenter"][method.segmenter.get_layer("shift").shift.path]
    answers = {
        f"{kind}{n}": received["discriminator"][getattr(layer, name).path]
        for n, layer in enumerate(method.discriminator.dense)
        for kind, name in (("w", "kernel"), ("b", "bias"))
    }
    return logs, features[:, 0, 0], answers


def test_library_values_in_inference():
    arrays, meta = load_vectors("dann")
    logs, features, answers = library_gradients(arrays, training=False)
    count = len(arrays["in_source"])
    assert_matches(logs["discriminator_loss"], arrays, meta, "out_loss_eval")
    assert float(logs["reversal_strength"]) == pytest.approx(0.4621172, abs=1e-6)
    assert_matches(features[count:], arrays, meta, "grad_eval_source")
    assert_matches(features[:count], arrays, meta, "grad_eval_target")
    for name in ("w0", "w2", "b2"):
        assert_matches(answers[name], arrays, meta, f"grad_eval_{name}")


@pytest.mark.parametrize("case", ["train", "eval", "eval_weighted"])
def test_library_values_by_functions(case):
    """In training its discriminator normalises both domains together, so they are one batch here."""
    arrays, meta = load_vectors("dann")
    discriminator = LibraryDiscriminator(arrays, training=case == "train")
    domains = [tf.constant(arrays[f"in_{name}"]) for name in ("source", "target")]
    weights = [arrays["in_w_source"], arrays["in_w_target"]] if case == "eval_weighted" else [1.0, 1.0]
    with tf.GradientTape() as tape:
        tape.watch(domains)
        both = reverse_gradient(tf.concat(domains, 0)[:, None, None], ramp_up(0.1))
        scores = tf.split(discriminator(both)[:, 0, 0], 2)
        errors = [domain_error(score, label) for score, label in zip(scores, (1.0, 0.0), strict=True)]
        loss = sum(tf.reduce_mean(weight * error) for weight, error in zip(weights, errors, strict=True)) / 2
    first, last = discriminator.dense[0], discriminator.dense[2]
    variables = {"w0": first.kernel, "w2": last.kernel, "b2": last.bias}
    wanted = dict(zip(("source", "target"), domains, strict=True)) | {n: v.value for n, v in variables.items()}
    assert_matches(loss, arrays, meta, f"out_loss_{case}")
    for name, gradient in tape.gradient(loss, wanted).items():
        if f"grad_{case}_{name}" in arrays:
            assert_matches(gradient, arrays, meta, f"grad_{case}_{name}")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_one_step_by_hand():
    rng = np.random.default_rng(0)
    into, head = rng.normal(size=(3, 2)), rng.normal(size=(2, 3))
    image = keras.Input((2, 2, 3))
    features = keras.layers.Conv2D(2, 1, use_bias=False, name="into")(image)
    logits = keras.layers.Conv2D(3, 1, use_bias=False, name="head")(features)
    segmenter = keras.Model(image, {"logits": logits, "features": features, "skips": {}})
    segmenter.get_layer("into").set_weights([into[None, None]])
    segmenter.get_layer("head").set_weights([head[None, None]])
    method = DANN(segmenter, domain_weight=0.5, total_steps=100, discriminator_base=2, discriminator_depth=1)
    sgd = OptimizerConfig("sgd", RATE, arguments={"momentum": 0.0}, schedule={})
    method.compile({part: build_optimizer(sgd, 10) for part in method.trains}, run_eagerly=True)
    method.optimizers["segmenter"].iterations.assign(25)
    kernel, bias = (np.asarray(weight, "float64") for weight in method.discriminator.score.get_weights())
    window = kernel[1:3, 1:3, :, 0]  # all that a 2x2 map with a border of zeros meets
    images, labels = rng.normal(size=(2, 2, 2, 3)), np.array([[0, 2], [255, 1]])
    batch = {"source": {"image": images[:1], "label": labels[None]}, "target": {"image": images[1:]}}
    method.train_step(batch)

    strength = 0.5 * (2 / (1 + np.exp(-10 * 0.25)) - 1)
    maps = images @ into
    scores = [(map_ * window).sum() + bias[0] for map_ in maps]
    into_scores = [0.5 * sigmoid(scores[0]), -0.5 * sigmoid(-scores[1])]  # source is 0, target is 1
    exp = np.exp(maps[0] @ head)
    wrong = exp / exp.sum(-1, keepdims=True) - np.eye(4)[np.minimum(labels, 3)][..., :3]
    wrong = wrong * (labels != 255)[..., None] / 3
    into_maps = [wrong @ head.T - strength * into_scores[0] * window, -strength * into_scores[1] * window]
    expected_into = into - RATE * sum(np.einsum("hwi,hwo->io", x, d) for x, d in zip(images, into_maps, strict=True))
    expected_window = window - RATE * sum(d * map_ for d, map_ in zip(into_scores, maps, strict=True))
    np.testing.assert_allclose(segmenter.get_layer("into").kernel[0, 0], expected_into, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        segmenter.get_layer("head").kernel[0, 0], head - RATE * np.einsum("hwi,hwo->io", maps[0], wrong), rtol=1e-4
    )
    np.testing.assert_allclose(method.discriminator.score.kernel[1:3, 1:3, :, 0], expected_window, rtol=1e-4)


def test_the_first_step_moves_the_segmenter_by_labels_alone():
    method = DANN(toy_segmenter(), discriminator_base=2, discriminator_depth=3)
    method.compile(toy_optimizers(method), run_eagerly=True)
    assert float(method.train_step(toy_batch())["reversal_strength"]) == 0


def test_output_space_sees_predictions():
    method = DANN(toy_segmenter(levels=2), output_space=True, discriminator_base=2)
    method.compile(toy_optimizers(method), run_eagerly=True)
    assert method.discriminator.hidden[0].channels == 4
    assert np.isfinite(float(method.train_step(toy_batch())["discriminator_loss"]))


def test_small_features_are_surrounded_by_zeros():
    method = DANN(toy_segmenter(), discriminator_base=2, discriminator_depth=5)
    features = np.ones((1, 8, 10, 8), "float32")
    seen = np.asarray(method.features({"features": features}, None))
    assert seen.shape == (1, 32, 32, 8) and seen.sum() == features.sum()
    np.testing.assert_array_equal(seen[:, 12:20, 11:21], features)
