"""Masked consistency: its equation in numpy, whose labels it learns, its own teacher, and every method as its host."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_uda.augment import block_mask
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.methods.add_ons import masked_consistency
from keras_uda.methods.add_ons.masked_consistency import MaskedConsistency
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.step import Step
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.build import build_segmenter
from keras_uda.training.state import state_hash
from keras_uda.training.state import variables_of
from tests.everyday import everyday
from tests.methods.add_ons.test_base import configured
from tests.methods.add_ons.test_base import counted_calls
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import moved
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import train
from tests.toy import weights_of

LABELLERS = (
    "dacs",
    "daformer",
    "hrda",
    "contrastive_memory",
    "contrastive_memory_semi",
    "proda",
)  # their steps label the target images
HIDDEN = np.random.default_rng(5).uniform(size=(2, 4, 5)).astype("float32")
NO_TARGET = ("source_only",)
NO_TRAINING = ("adabn", "cycada")  # of the segmenter
WITH_TARGET = [name for name in EVERY_METHOD if name not in (*NO_TARGET, *NO_TRAINING)]


def masked(host: str, segmenter=None, arguments=None, compiled: dict | None = None, **options):
    """A compiled host with the add-on."""
    method = toy_method(host, segmenter, arguments=arguments, compiled=False)
    method.add_ons = (MaskedConsistency(method, **options),)
    method.compile(toy_optimizers(method), **(compiled or {"run_eagerly": True}))
    return method


def softmax(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def numpy_loss(segmenter, teacher, batch, options) -> tuple[float, float]:
    """(L_M, mean weight of target pixels) by the equation, with the stored blocks of 8 pixels."""
    target = batch["target"]["image"].astype("float32")
    on_whole = softmax(np.array(upsample(teacher(target)["logits"], target)))
    label = on_whole.argmax(-1)
    threshold = options["confidence"]
    share = 1.0 if threshold is None else (on_whole.max(-1) >= threshold).sum() / label.size
    images, labels, weights = target, label, np.full(label.shape, share)
    if options["mode"] == "separate":
        images = np.stack([batch["source"]["image"][0].astype("float32"), target[0]])
        labels = np.stack([batch["source"]["label"][0].astype("int64"), label[0]])
        weights = np.stack([np.ones_like(weights[0]), weights[0]])
    images = images.copy()
    for n, y, x in np.ndindex(images.shape[:3]):
        if HIDDEN[n, y // 8, x // 8] <= options["ratio"]:
            images[n, y, x] = segmenter.mean_colour
    predicted = softmax(np.array(upsample(segmenter(images)["logits"], images)))
    total = 0.0
    for n, y, x in np.ndindex(labels.shape):
        if labels[n, y, x] != 255:
            total -= weights[n, y, x] * np.log(predicted[n, y, x, labels[n, y, x]])
    return total / labels.size, share


@pytest.mark.parametrize(
    "given", [{}, {"confidence": None, "ratio": 0.3}, {"mode": "separate"}], ids=["target", "no confidence", "separate"]
)
def test_the_loss_is_that_of_its_equation(monkeypatch, given):
    options = {"mode": "target", "ratio": 0.7, "confidence": 0.3} | given
    monkeypatch.setattr(block_mask, "draw_blocks", lambda *_: tf.constant(HIDDEN))
    segmenter = toy_segmenter(batch_norm=False)
    segmenter.mean_colour = (120.0, 110.0, 100.0)
    method = masked("minent", segmenter, weight=3.0, block=8, colours=False, **options)
    (add_on,), batch = method.add_ons, toy_batch()
    for slow in add_on.own_teacher.weights:
        slow.assign(1.5 * slow)
    expected, share = numpy_loss(segmenter, add_on.own_teacher, batch, options)
    assert share == 1 if options["confidence"] is None else 0 < share < 1
    _, without = step_losses(toy_method("minent", toy_segmenter(batch_norm=False)), batch)
    logged, losses = step_losses(method, batch)
    assert logged["masked_consistency"] == pytest.approx(expected, rel=1e-5)
    assert logged["masked_weight"] == pytest.approx(share, rel=1e-6)
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + 3 * expected, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "is_coloured"),
    [
        ({}, True),
        ({"colours": False}, False),
        ({"mode": "separate"}, False),
        ({"mode": "separate", "colours": True}, True),
    ],
)
def test_colours_change_before_the_mask_as_published(monkeypatch, options, is_coloured):
    seen, change = [], masked_consistency.colour_and_blur

    def noted(images, seed, **given):
        seen.append((images, given))
        return change(images, seed, **given)

    monkeypatch.setattr(masked_consistency, "colour_and_blur", noted)
    batch = toy_batch()
    masked("minent", **options).train_step(batch)
    assert len(seen) == is_coloured
    for images, given in seen:
        assert given == {"strength": 0.2, "jitter_chance": 0.8, "blur_chance": 0.5}
        np.testing.assert_array_equal(images[1], batch["target"]["image"][0 if options.get("mode") else 1])


def kept_steps(monkeypatch) -> list[Step]:
    """The steps from now on."""
    steps, join = [], Step.join
    monkeypatch.setattr(Step, "join", lambda step: (steps.append(step), join(step)))
    return steps


@pytest.mark.parametrize("host", everyday(LABELLERS))
def test_what_the_host_says_is_taken_without_a_further_pass(host, monkeypatch):
    steps, counts = kept_steps(monkeypatch), []
    for method in (masked(host), toy_method(host)):
        calls = counted_calls(method.teacher, monkeypatch)
        target = toy_batch(host)["target"]["image"].astype("float32")
        expected = method.resize(method.teacher(target, training=True)["logits"], target)
        calls.clear()
        logs = method.train_step(toy_batch(host))
        counts.append(len(calls))
        taught = steps[-1].pseudo_labels
        np.testing.assert_array_equal(taught.label, np.argmax(expected, -1))
        np.testing.assert_allclose(taught.confidence, softmax(np.array(expected)).max(-1), rtol=1e-5)
        if method.add_ons and taught.weight is not None:
            assert float(logs["masked_weight"]) == pytest.approx(float(np.mean(taught.weight)), rel=1e-6)
    assert counts[0] == counts[1] == (2 if host.startswith("contrastive") else 1)  # memories see the source, too
    assert masked(host).add_ons[0].own_teacher is None


def test_the_surest_pixels_of_each_class_can_be_taken(monkeypatch):
    seen, quality = [], MaskedConsistency.quality
    noted = lambda *given: seen.append((given[1], quality(*given))) or seen[-1][1]  # noqa: E731
    monkeypatch.setattr(MaskedConsistency, "quality", noted)
    logs = masked("minent", surest=0.3).train_step(toy_batch())
    ((taught, weight),) = seen
    label, confidence, weight = (np.array(one) for one in (taught.label, taught.confidence, weight))
    assert set(np.unique(weight)) == {0.0, 1.0} and float(logs["masked_weight"]) == pytest.approx(weight.mean())
    for c in np.unique(label):
        taken = weight[label == c] == 1
        assert taken.mean() >= 0.3
        assert taken.all() or confidence[label == c][~taken].max() <= confidence[label == c][taken].min() + 1e-3


def test_weights_of_the_host_are_those_of_its_pixels(monkeypatch):
    """Margins, too: what has no weight there teaches nothing here."""
    method, batch = masked("dacs"), toy_batch("dacs")
    monkeypatch.setattr(method, "pixel_weights", lambda label, confidence: ops.zeros_like(confidence))
    logs = method.train_step(batch)
    assert float(logs["masked_consistency"]) == float(logs["masked_weight"]) == 0


def test_a_given_teacher_is_asked_as_in_use(monkeypatch):
    method, plain = masked("proda_distil", confidence=0.3), toy_method("proda_distil")
    calls = [counted_calls(one.teacher, monkeypatch) for one in (method, plain)]
    for one in (method, plain):
        one.train_step(toy_batch("proda_distil"))
    assert method.add_ons[0].own_teacher is None
    assert [len(one) for one in calls] == [2, 1]
    assert not any(options.get("training") for options in calls[0])


def test_its_own_teacher_can_be_wanted(monkeypatch):
    method = masked("dacs", teacher="own")
    calls = counted_calls(method.add_ons[0].own_teacher, monkeypatch)
    method.train_step(toy_batch("dacs"))
    assert len(calls) == 1


def test_its_own_teacher_follows_after_the_step_and_keeps_its_statistics():
    method = masked("minent", teacher_decay=0.6)
    (add_on,) = method.add_ons
    pairs = list(zip(add_on.own_teacher.weights, method.segmenter.weights, strict=True))
    assert not any(slow.trainable for slow, _ in pairs)
    for step, decay in enumerate((1 / 2, 0.6, 0.6), 1):  # t counts the update that was made
        old = [np.array(slow) for slow, _ in pairs]
        method.train_step(toy_batch(seed=step))
        for before, (slow, fast) in zip(old, pairs, strict=True):
            wanted = decay * before + (1 - decay) * np.array(fast) if fast.trainable else before
            np.testing.assert_allclose(slow, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("host", ["minent", "dacs"])
def test_a_step_that_is_not_finite_moves_nothing_of_it(host):
    method = masked(host)
    method.train_step(toy_batch(host))
    ids = {id(one) for one in method.add_ons[0].weights}
    owned = {key: one for key, one in variables_of(method).items() if id(one) in ids}
    assert bool(owned) == (host == "minent")
    before, weights = state_hash(owned), weights_of(method)["segmenter"]
    bad = toy_batch(host)
    bad["target"]["image"] = bad["target"]["image"].astype("float32")
    bad["target"]["image"][0, 3, 3] = np.nan
    method.train_step(bad)
    assert not bool(method.finite.numpy())
    assert state_hash(owned) == before and not moved(weights, weights_of(method)["segmenter"])


def test_its_teacher_drops_nothing():
    image = keras.Input((HEIGHT, WIDTH, 3))
    features = keras.layers.Conv2D(4, 3, strides=4, padding="same")(image / 255)
    dropped = keras.layers.Dropout(0.5)(keras.layers.SpatialDropout2D(0.5)(features))
    segmenter = keras.Model(image, {"logits": keras.layers.Conv2D(CLASSES, 1)(dropped), "features": features})
    method = MinEnt(segmenter)
    add_on, images = MaskedConsistency(method), toy_batch()["target"]["image"].astype("float32")
    one, other = (np.array(add_on.own_teacher(images, training=True)["logits"]) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    first, second = (np.array(segmenter(images, training=True)["logits"]) for _ in range(2))
    assert not np.array_equal(first, second)


def test_teacher_and_draws_are_in_the_state_and_not_in_the_segmenter():
    method, plain = masked("advent"), toy_method("advent")
    (add_on,) = method.add_ons
    owned = {id(one) for one in [*add_on.own_teacher.variables, add_on.seeds.state]}
    assert owned <= {id(variable) for variable in variables_of(method).values()}
    assert len(variables_of(method)) == len(variables_of(plain)) + len(owned)
    assert owned.isdisjoint(id(one) for one in method.segmenter.variables)
    assert len(method.segmenter.variables) == len(plain.segmenter.variables)


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("host", ["advent", "proda"])
def test_interrupted_equals_uninterrupted(host):
    straight, second = (masked(host, toy_segmenter(seed=seed), confidence=0.3) for seed in (0, 7))
    train(straight, host, steps=2)
    saved = {key: np.array(variable) for key, variable in variables_of(straight).items()}
    for key, variable in variables_of(second).items():
        variable.assign(saved[key])
    for one in (straight, second):
        train(one, host, first=2)
    assert state_hash(variables_of(second)) == state_hash(variables_of(straight))


def tiny():
    keras.utils.set_random_seed(0)
    return build_segmenter(SegmenterConfig(name="tiny", weights="none"), CLASSES)


@pytest.mark.parametrize("host", everyday(WITH_TARGET, ("advent",)))
def test_every_method_takes_it_on(host, monkeypatch):
    """Those with a teacher that follows say what it labels; the others have none to say."""
    steps = kept_steps(monkeypatch)
    method, plain = masked(host, tiny(), confidence=None), toy_method(host, tiny())
    logs, without = (one.train_step(toy_batch(host)) for one in (method, plain))
    has_labels = steps[-1].pseudo_labels is not None
    assert has_labels == (getattr(plain, "teacher", None) is not None and not plain.has_teacher)
    assert set(logs) - set(without) == {"masked_consistency", "masked_weight"}
    assert np.isfinite([float(value) for value in logs.values()]).all() and bool(method.finite.numpy())
    after, others = weights_of(method), weights_of(plain)
    assert moved(after.pop("segmenter"), others.pop("segmenter"))
    if method.trains != ("segmenter", "heads"):  # heads of a contrast take the loss of the segmenter
        assert not any(moved(after[part], others[part]) for part in after)
    # Its pass has left no trace in the statistics that the finished segmenter normalises with.
    for one, other in zip(method.segmenter.weights, plain.segmenter.weights, strict=True):
        if one.name.startswith("moving_"):
            np.testing.assert_array_equal(one, other)


def test_with_two_levels_the_main_one_learns():
    method = masked("minent", toy_segmenter(levels=2), confidence=None)
    plain = toy_method("minent", toy_segmenter(levels=2))
    for one in (method, plain):
        one.train_step(toy_batch())
    heads = [{one.path: np.array(one) for one in of.segmenter.trainable_variables} for of in (method, plain)]
    differ = {path: not np.allclose(heads[0][path], heads[1][path], atol=1e-9) for path in heads[0]}
    assert differ["logits/kernel"] and not differ["aux_logits/kernel"]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("host", everyday(["minent", "dacs"], ("minent",)))
def test_mixed_precision(host, policy):
    method = masked(host, toy_segmenter(policy=policy), confidence=None)
    before = weights_of(method)["segmenter"]
    for step in range(16):
        logs = train(method, host, first=step)
        assert np.isfinite([*logs.values()]).all() and bool(method.finite.numpy())
        if moved(before, weights_of(method)["segmenter"]):
            break
    assert moved(before, weights_of(method)["segmenter"])


@pytest.mark.slow
@pytest.mark.parametrize("host", ["minent", "dacs"])
def test_xla_equals_eager(host):
    eager = masked(host, confidence=0.3)
    compiled = masked(host, compiled={"jit_compile": True}, confidence=0.3)
    losses = [train(method, host, steps=2) for method in (eager, compiled)]
    np.testing.assert_allclose([*losses[0].values()], [*losses[1].values()], rtol=1e-4)


@pytest.mark.parametrize(
    ("host", "options", "words"),
    [
        ("source_only", {}, "needs `target_image`, which SourceOnly does not have"),
        ("oracle", {"mode": "separate"}, "needs `source_label`, which Oracle does not have"),
        ("adabn", {}, "which AdaBN does not train"),
    ],
)
def test_a_host_that_lacks_something_is_named(host, options, words):
    with pytest.raises(ConfigurationError, match=words):
        MaskedConsistency(toy_method(host), **options)


def test_domains_of_different_sizes_are_named():
    method, batch = masked("minent", mode="separate"), toy_batch()
    batch["source"] = {key: value[:, :, : WIDTH // 2] for key, value in batch["source"].items()}
    with pytest.raises(ConfigurationError, match="data.size"):
        method.add_ons[0].examples(batch, np.zeros((2, HEIGHT, WIDTH)), np.zeros((2, HEIGHT, WIDTH)))


def test_the_configuration_takes_it():
    assert configured("--method", "minent", "--add-ons", "masked_consistency") == {"masked_consistency": {}}
    given = configured("--method", "advent", "--stages.adapt.add_ons.masked_consistency", "{block: 32, mode: separate}")
    assert given == {"masked_consistency": {"block": 32, "mode": "separate"}}
    one = configured("--method", "dacs", "--stages.adapt.add_ons.masked_consistency.confidence", "null")
    assert one == {"masked_consistency": {"confidence": None}}


@pytest.mark.parametrize(
    ("host", "options", "words"),
    [
        ("source_only", "{}", "masked_consistency: needs `target_image`, but source_only has source, source_label"),
        ("oracle", "{mode: separate}", "needs `source_label`, but oracle has target, target_image, label"),
        ("advent", "{mode: seperate}", "mode"),
        ("advent", "{block: 0}", "block: `0` is not valid"),
    ],
)
def test_what_a_stage_cannot_take_on_is_named_when_it_is_read(host, options, words):
    stage = "train" if host in ("source_only", "oracle") else "adapt"
    with pytest.raises(UsageError, match=words):
        configured("--method", host, f"--stages.{stage}.add_ons", f"{{masked_consistency: {options}}}")
