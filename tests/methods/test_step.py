"""A step: what it keeps of the passes of a method, which tape it closes, and that a bad input updates nothing."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.step import current_step
from keras_uda.ops.resize import upsample
from tests.everyday import IN_THE_CONTINUOUS_CHECK
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


def compiled(kind, **options):
    method = kind(toy_segmenter(levels=2))
    method.compile(toy_optimizers(method), **(options or {"run_eagerly": True}))
    return method


class Kept(MinEnt):
    """Keeps the step for the test."""

    def train_step(self, batch):
        with self.step(batch) as step:
            self.kept = step
            assert current_step.get() is step
            source_logits, self.given = self.segment(batch["source"]["image"], batch["target"]["image"])
            step.losses(segmenter=tf.reduce_mean(source_logits[0]))
        return step.report()


def test_a_step_keeps_the_passes_by_their_names():
    method, batch = compiled(Kept), toy_batch()
    method.train_step(batch)
    step = method.kept
    assert list(step.outputs) == ["source", "target"] and step.segmenter is method.segmenter and step.teacher is None
    assert step.logits("target")[1] is method.given[1]  # upsampled once
    for level, logits in zip(("logits", "aux_logits"), step.logits("target"), strict=True):
        np.testing.assert_array_equal(logits, upsample(step.outputs["target"][level], batch["target"]["image"]))
    assert current_step.get() is None


class Fails(MinEnt):
    def train_step(self, batch):
        with self.step(batch):
            raise KeyError("label")


def test_a_step_that_fails_leaves_nothing_open():
    method = compiled(Fails)
    with pytest.raises(KeyError, match="label"):
        method.train_step(toy_batch())
    assert current_step.get() is None
    later = compiled(MinEnt)
    later.train_step(toy_batch())
    assert bool(later.finite.numpy())


class Undeclared(DomainAdaptation):
    """Makes a pass that its facts do not have."""

    passes = ("source",)

    def train_step(self, batch):
        with self.step(batch) as step:
            source_logits, _ = self.segment(batch["source"]["image"], batch["target"]["image"])
            step.losses(segmenter=tf.reduce_mean(source_logits[0]))
        return step.report()


class Missing(Undeclared):
    passes = ("source", "target", "mixed")


@pytest.mark.parametrize(("kind", "words"), [(Undeclared, "too few passes"), (Missing, "'target', 'mixed'")])
def test_the_passes_of_a_step_are_those_of_the_facts(kind, words):
    with pytest.raises(AssertionError, match=words):
        compiled(kind).train_step(toy_batch())


class Learns(MinEnt):
    """Learns from the logits of both domains, after statistics moved on images of their own."""

    def train_step(self, batch):
        with self.step(batch) as step:
            (source_logits, _), (target_logits, _) = self.segment(batch["source"]["image"], batch["target"]["image"])
            step.losses(segmenter=tf.reduce_mean(source_logits) - tf.reduce_mean(target_logits[:, :1]))
        return step.report()


@pytest.mark.parametrize(
    "options", [{"run_eagerly": True}, pytest.param({"run_eagerly": False}, marks=IN_THE_CONTINUOUS_CHECK)]
)
@pytest.mark.parametrize(("domain", "key"), [("source", "image"), ("target", "image"), ("target", "distribution")])
def test_an_input_that_is_no_number_updates_nothing(domain, key, options):
    method, batch = compiled(Learns, **options), toy_batch()
    batch["target"]["distribution"] = np.ones((2, 4), "float32")  # in no loss of this method
    train = method.train_step if method.run_eagerly else tf.function(method.train_step)
    train(batch)
    before = weights_of(method)["segmenter"]
    bad = batch[domain][key] = batch[domain][key].astype("float32")
    bad[0, -1] = np.inf
    train(batch)
    assert not bool(method.finite.numpy()) and not moved(before, weights_of(method)["segmenter"])


def test_only_domains_that_are_read_are_looked_at():
    class Half(Learns):
        reads = ("source",)

    method, batch = compiled(Half), toy_batch()
    batch["target"]["unread"] = np.full((2, 3), np.nan, "float32")
    before = weights_of(method)["segmenter"]
    method.train_step(batch)
    assert bool(method.finite.numpy()) and moved(before, weights_of(method)["segmenter"])


def test_gradients_are_taken_before_any_update(monkeypatch):
    order, gradient = [], tf.GradientTape.gradient
    monkeypatch.setattr(tf.GradientTape, "gradient", lambda *given: order.append("gradient") or gradient(*given))
    method = AdvEnt(toy_segmenter(), discriminator_base=2)
    method.compile(toy_optimizers(method), run_eagerly=True)
    for part, optimizer in method.optimizers.items():
        monkeypatch.setattr(optimizer, "apply", lambda *_, part=part: order.append(part))
    method.train_step(toy_batch())
    assert order == ["gradient", "gradient", "segmenter", "discriminator"]
