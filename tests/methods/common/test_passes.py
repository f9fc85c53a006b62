"""Passes of two domains: whose statistics batch norm remembers, and when one pass serves both."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.schema import SegmenterConfig
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.common.passes import Passes
from keras_uda.methods.common.passes import with_batch_statistics
from keras_uda.methods.minent import MinEnt
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.build import build_segmenter
from tests.everyday import everyday
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_segmenter


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
    segmenter = build_segmenter(SegmenterConfig(name="tiny", weights="none", arguments={"batch_norm": mode}), CLASSES)
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


@pytest.mark.parametrize("name", ["minent", "dacs"])
def test_a_share_of_the_live_statistics_is_the_sources(name):
    """Each domain moves the statistics of the first layer by its share of the usual step."""
    segmenter = build_segmenter(SegmenterConfig(name="tiny", weights="none", target_share=0.75), CLASSES)
    norm = next(layer for layer in segmenter.layers if isinstance(layer, BatchNorm))
    incoming = keras.Model(segmenter.input, norm.input)
    batch = toy_batch(name)
    expected = np.zeros(norm.moving_mean.shape)
    for domain, rate in (("source", 0.1 * 0.25), ("target", 0.1 * 0.75)):
        mean = np.mean(incoming(batch[domain]["image"].astype("float32")), axis=(0, 1, 2))
        expected += rate * (mean - expected)
    toy_method(name, segmenter=segmenter).train_step(batch)
    np.testing.assert_allclose(norm.moving_mean, expected, rtol=1e-4, atol=1e-6)


# Where some target images have labels, both halves of a batch are of the target.
FACTS = {name: method_facts(name) for name in EVERY_METHOD}
TRAINED = {name: facts for name, facts in FACTS.items() if facts.trains_segmenter and facts.target_labels == "none"}
PAIRED = [name for name, facts in TRAINED.items() if {"source", "target"} <= {*facts.reads}]


@pytest.mark.parametrize("name", everyday(PAIRED))
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
    assert not Passes(toy_segmenter()).single_pass
    frozen = toy_segmenter()
    for layer in frozen.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    assert Passes(frozen).single_pass and Passes(toy_segmenter(batch_norm=False)).single_pass


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


@pytest.mark.parametrize("mode", ["live", "batch_stats"])
def test_a_further_loss_is_remembered_where_every_pass_is(mode):
    segmenter = build_segmenter(SegmenterConfig(name="tiny", weights="none", arguments={"batch_norm": mode}), CLASSES)
    norm = next(layer for layer in segmenter.layers if isinstance(layer, BatchNorm))
    method, batch = MinEnt(segmenter), toy_batch()
    images, labels = batch["target"]["image"], batch["source"]["label"]
    weights = np.random.default_rng(0).uniform(size=labels.shape).astype("float32")
    before = np.array(norm.moving_mean)
    loss = method.further_loss(images, labels, weights)
    assert np.array_equal(norm.moving_mean, before) == (mode == "live")
    logits = method.resize(segmenter(images.astype("float32"), training=True)["logits"], images)
    assert float(loss) == pytest.approx(float(cross_entropy(labels, logits, pixel_weights=weights)), rel=1e-5)


@pytest.mark.parametrize("ours", [True, False])
def test_a_teacher_normalises_with_its_batch_and_remembers_nothing(ours):
    config = SegmenterConfig(name="tiny", weights="none", arguments={"batch_norm": "batch_stats"})
    teacher = build_segmenter(config, CLASSES) if ours else toy_segmenter()
    images = toy_batch()["target"]["image"]
    before = [np.array(one) for one in teacher.weights]
    outputs = with_batch_statistics(teacher, images)
    assert all(np.array_equal(one, old) for one, old in zip(teacher.weights, before, strict=True))
    np.testing.assert_array_equal(outputs["logits"], teacher(images.astype("float32"), training=True)["logits"])
    assert not np.allclose(outputs["logits"], teacher(images.astype("float32"), training=False)["logits"])
    assert not all(np.array_equal(one, old) for one, old in zip(teacher.weights, before, strict=True))
