"""What the methods share: passes of two domains, statistics, weights of levels, evaluation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.schema import SegmenterConfig
from keras_uda.methods.adaptsegnet import AdaptSegNet
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.common.levels import weighted_sum
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.source_only import SourceOnly
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.build import build_segmenter
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_method
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


@pytest.mark.parametrize("kind", [AdaptSegNet, AdvEnt])
def test_discriminators_learn_the_same_whatever_the_segmenter_makes_of_them(kind):
    keras.utils.set_random_seed(0)
    method = kind(toy_segmenter(), discriminator_base=2)
    before = weights_of(method)["discriminator"]
    results = []
    for weight in (0.0, 10.0):
        segmenter = toy_segmenter()
        other = kind(segmenter, adversarial_weights=(weight,), discriminator_base=2)
        other.discriminator.set_weights(before)
        other.compile(toy_optimizers(other), run_eagerly=True)
        other.train_step(toy_batch())
        results.append(weights_of(other)["discriminator"])
    assert moved(before, results[0]) and not moved(*results)


def test_statistics_move_with_the_source_first_and_the_target_after_it():
    segmenter = toy_segmenter()
    norm = segmenter.get_layer("first_bn")
    incoming = keras.Model(segmenter.input, norm.input)
    batch = toy_batch()
    expected = np.zeros(norm.moving_mean.shape)
    for domain in ("source", "target"):
        mean = np.mean(incoming(batch[domain]["image"].astype("float32")), axis=(0, 1, 2))
        expected = 0.9 * expected + 0.1 * mean
    MinEnt(segmenter).segment(batch["source"]["image"], batch["target"]["image"])
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("mode", "order"), [("live", ["target"]), ("batch_stats", ["source", "target"])])
def test_live_statistics_are_those_of_the_target_and_published_ones_of_both(mode, order):
    segmenter = build_segmenter(SegmenterConfig(name="tiny", weights="none", batch_norm=mode), CLASSES)
    norm = next(layer for layer in segmenter.layers if isinstance(layer, BatchNorm))
    incoming = keras.Model(segmenter.input, norm.input)
    batch = toy_batch()
    expected = np.zeros(norm.moving_mean.shape)
    for domain in order:
        mean = np.mean(incoming(batch[domain]["image"].astype("float32")), axis=(0, 1, 2))
        expected = 0.9 * expected + 0.1 * mean
    method = MinEnt(segmenter)
    tf.function(method.segment)(batch["source"]["image"], batch["target"]["image"])
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-6)
    method.forward(batch["source"]["image"], batch["target"]["image"], update_statistics_from=())
    if mode == "live":
        np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-6)
        method.update_statistics(batch["target"]["image"])
        assert not np.allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-6)


# Of semi-supervised contrast both halves are target images; the others see one domain only.
PAIRED = [name for name in EVERY_METHOD if name not in ("source_only", "oracle", "adabn", "contrastive_memory_semi")]


@pytest.mark.parametrize("name", PAIRED)
def test_no_method_leaves_source_statistics_in_live_batch_norm(name, monkeypatch):
    """Source images of another colour change what is learnt, not what live batch norm remembers of the first layer."""
    means = []
    for shift in (0, 100):
        segmenter = build_segmenter(SegmenterConfig(name="tiny", weights="none"), CLASSES)
        segmenter.set_weights([np.linspace(-0.3, 0.4, w.size).reshape(w.shape) for w in segmenter.get_weights()])
        method = toy_method(name, segmenter=segmenter)
        norm = next(layer for layer in segmenter.layers if isinstance(layer, BatchNorm))
        batch = toy_batch(name)
        batch["source"]["image"] = (batch["source"]["image"] // 2 + shift).astype("uint8")
        method.train_step(batch)
        means.append(norm.moving_mean.numpy())
    np.testing.assert_array_equal(*means)


def test_domains_share_a_pass_only_where_no_statistics_are_live():
    assert not SourceOnly(toy_segmenter())._passes.single_pass
    frozen = toy_segmenter()
    for layer in frozen.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    assert SourceOnly(frozen)._passes.single_pass and SourceOnly(toy_segmenter(batch_norm=False))._passes.single_pass


def test_one_pass_for_both_domains_equals_two():
    method = MinEnt(toy_segmenter(levels=2, batch_norm=False))
    domains = [toy_batch()["source"]["image"], toy_batch(seed=1, size=1)["target"]["image"]]
    together = method.segment(*domains)
    method._passes.single_pass = False
    apart = method.segment(*domains)
    assert [[level.shape for level in of_domain] for of_domain in together] == [
        [(size, HEIGHT, WIDTH, CLASSES)] * 2 for size in (2, 1)
    ]
    for one, other in zip(together, apart, strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_allclose(left, right, atol=1e-5)


def test_every_level_needs_a_weight():
    assert weighted_sum((1.0, 0.5), [2.0]) == 2.0
    with pytest.raises(ValueError, match=r"2 levels but there are 1 weights, \[1.0\]"):
        weighted_sum((1.0,), [2.0, 3.0])


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
