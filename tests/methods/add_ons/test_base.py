"""Add-ons: one that owns a mean teacher, and hosts that lack what one needs."""

import numpy as np
import pytest
from keras import ops

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import offers
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.config.parser import Parser
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.add_ons.base import build_add_ons
from keras_uda.methods.add_ons.class_prior import ClassPrior
from keras_uda.methods.add_ons.entropy import Entropy
from keras_uda.methods.minent import MinEnt
from keras_uda.training.state import state_hash
from keras_uda.training.state import variables_of
from tests.everyday import everyday
from tests.teachers import saved_teacher
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import train
from tests.toy import weights_of

HOSTS = ("advent", "weaklabel", "proda", "contrastive_memory")


class Follower(AddOn):
    """The segmenter stays close to a slow copy of itself: that of the method, or one of its own."""

    needs = ("source",)
    reports = ("distance",)

    def __init__(self, method, *, weight: float = 1.0, decay: float = 0.5, **kwargs):
        super().__init__(method, **kwargs)
        self.weight, self.decay = weight, decay
        self.own_teacher = None if hasattr(method, "teacher") else slow_copy(method.segmenter)

    def loss(self, step):
        teacher = self.own_teacher or step.teacher
        images = ops.cast(step.passes["source"].images, "float32")
        wanted = ops.softmax(teacher(images, training=False)["logits"])
        distance = ops.mean(ops.abs(ops.softmax(step.outputs["source"]["logits"]) - ops.stop_gradient(wanted)))
        return distance, {"distance": distance}

    def after(self, method):
        if self.own_teacher is not None:
            follow(self.own_teacher, method.segmenter, self.decay, finite=method.finite, statistics=True)


def followed(host: str, seed: int = 0, **options):
    method = toy_method(host, toy_segmenter(seed=seed), compiled=False)
    method.add_ons = (Follower(method, weight=2.0),)
    method.compile(toy_optimizers(method), **(options or {"run_eagerly": True}))
    return method


def counted_calls(model, monkeypatch) -> list:
    """One entry for every call of the model from now on."""
    calls, call = [], model.call

    def counted(*inputs, **options):
        calls.append(options)
        return call(*inputs, **options)

    monkeypatch.setattr(model, "call", counted)
    return calls


@pytest.mark.parametrize("host", everyday(HOSTS, ("advent",)))
def test_it_joins_without_a_further_pass_and_moves_the_segmenter_alone(host, monkeypatch):
    results = []
    for method in (followed(host), toy_method(host)):
        calls = counted_calls(method.segmenter, monkeypatch)
        logs = method.train_step(toy_batch(host))
        results.append((len(calls), logs, weights_of(method)))
    (with_it, logs, after), (without, plain, others) = results
    assert with_it == without > 0
    assert float(logs["distance"]) > 0 and set(logs) - set(plain) == {"distance"}
    assert moved(after.pop("segmenter"), others.pop("segmenter"))
    assert not any(moved(after[part], others[part]) for part in after)


def test_its_teacher_follows_by_its_own_rule():
    method = followed("advent")
    (add_on,) = method.add_ons
    pairs = list(zip(add_on.own_teacher.weights, method.segmenter.weights, strict=True))
    teacher = [np.array(slow) for slow, _ in pairs]
    method.train_step(toy_batch("advent"))
    for old, (slow, fast) in zip(teacher, pairs, strict=True):
        decay = 0.5 if fast.trainable else 0.0
        np.testing.assert_allclose(slow, decay * old + (1 - decay) * np.array(fast), rtol=1e-6, atol=1e-8)
    bad = toy_batch("advent")
    bad["source"]["image"] = np.full_like(bad["source"]["image"], np.nan, "float32")
    teacher = [np.array(slow) for slow, _ in pairs if slow.name.startswith(("kernel", "bias"))]
    method.train_step(bad)
    assert not moved(teacher, [np.array(slow) for slow, _ in pairs if slow.name.startswith(("kernel", "bias"))])


def test_what_it_owns_is_in_the_state_and_not_in_the_segmenter():
    method, plain = followed("advent"), toy_method("advent")
    owned = {id(variable) for variable in method.add_ons[0].variables}
    assert owned and owned <= {id(variable) for variable in variables_of(method).values()}
    assert len(variables_of(method)) == len(variables_of(plain)) + len(owned)
    assert owned.isdisjoint(id(variable) for variable in method.segmenter.variables)
    assert len(method.segmenter.variables) == len(plain.segmenter.variables)
    before = state_hash(variables_of(method))
    method.add_ons[0].own_teacher.weights[0].assign_add(np.ones(method.segmenter.weights[0].shape))
    assert state_hash(variables_of(method)) != before


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"run_eagerly": False}], ids=["eager", "graph"])
def test_interrupted_equals_uninterrupted(options):
    straight, second = (followed("advent", seed, **options) for seed in (0, 7))
    train(straight, "advent", steps=2)
    saved = {key: np.array(variable) for key, variable in variables_of(straight).items()}
    for key, variable in variables_of(second).items():
        variable.assign(saved[key])
    for one in (straight, second):
        train(one, "advent", first=2)
    assert state_hash(variables_of(second)) == state_hash(variables_of(straight))


@pytest.mark.parametrize(
    ("host", "kind", "words"),
    [
        ("source_only", Entropy, "Entropy needs `target`, which SourceOnly does not have. .* has source, source_label"),
        ("contrastive_memory", ClassPrior, "ClassPrior needs `target`"),
        ("adabn", Entropy, "which AdaBN does not train"),
        ("oracle", Follower, "Follower needs `source`"),
    ],
)
def test_a_method_that_lacks_what_is_needed_is_named(host, kind, words):
    with pytest.raises(ConfigurationError, match=words):
        kind(toy_method(host))


def test_what_a_method_offers():
    assert offers(("source", "mixed"), ("source", "target")) == ("source", "mixed", "source_label", "target_image")
    assert offers(("target",), ("target", "label")) == ("target", "target_image", "label")
    assert offers((), ("target",)) == ("target_image",)


def test_add_ons_are_built_in_the_order_of_the_configuration():
    method = MinEnt(toy_segmenter())
    add_ons = build_add_ons({"entropy": {"exponent": 2.0}, "class_prior": {"weights": (0.1,)}}, method)
    assert [type(one) for one in add_ons] == [Entropy, ClassPrior] and add_ons[0].exponent == 2.0
    assert build_add_ons({}, method) == ()


def joining(host: str) -> list[str]:
    """Every add-on that a method has what it needs for."""
    kind, found = resolve(EVERY_METHOD, host, "methods"), []
    for name in ADD_ONS:
        add_on = resolve(ADD_ONS, name, "methods.add_ons")
        fits = "segmenter" in kind.trains and set(add_on.needs) <= set(offers(kind.passes, kind.reads))
        found += [name] if fits and not (add_on.reads and kind.target_labels == "all") else []
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Options that an add-on cannot do without on the toy segmenter."""
    teacher = saved_teacher(tmp_path_factory.mktemp("teacher"))
    return {"feature_distance": {"things": (1, 2)}, "distil": {"teacher": str(teacher)}}


@pytest.mark.parametrize("host", everyday((host for host in EVERY_METHOD if joining(host)), ("weaklabel",)))
def test_every_method_takes_all_add_ons_that_it_has_what_they_need_for(host, small):
    names = joining(host)
    method, plain = toy_method(host, toy_segmenter(2), compiled=False), toy_method(host, toy_segmenter(2))
    method.add_ons = build_add_ons({name: small.get(name, {}) for name in names}, method)
    method.compile(toy_optimizers(method), run_eagerly=True)
    logs, without = (one.train_step(toy_batch(host, add_ons=tuple(names))) for one in (method, plain))
    assert len(logs) == len(without) + sum(len(add_on.reports) for add_on in method.add_ons)
    assert np.isfinite([float(value) for value in logs.values()]).all() and bool(method.finite.numpy())


def configured(*arguments: str) -> dict:
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0].stages["adapt"].add_ons


def test_the_configuration_takes_what_the_classes_say():
    assert configured("--method", "advent", "--add-ons", "class_prior", "entropy") == {"class_prior": {}, "entropy": {}}
    one = configured("--method", "advent", "--stages.adapt.add_ons.entropy.weights", "[0.1]")
    assert one == {"entropy": {"weights": [0.1]}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("contrastive_memory", "--add-ons", "class_prior"), "class_prior: needs `target`, but contrastive_memory has"),
        (("adabn", "--add-ons", "entropy"), "adabn trains no segmenter"),
        (("advent", "--add-ons", "entrpy"), "Did you mean `entropy`"),
        (("advent", "--stages.adapt.add_ons", "{entropy: {exponant: 2}}"), "Did you mean `exponent`"),
        (("advent", "--stages.adapt.add_ons", "{class_prior: {share: 2}}"), "class_prior.share: `2` is not valid"),
        (("advent", "--stages.adapt.add_ons", "{feature_distance: {things: [carr]}}"), "things: .*Did you mean `car`"),
        (("advent", "--stages.adapt.add_ons", "{feature_distance: {things: [19]}}"), "no class 19. Give at most 18"),
        (("advent", "--stages.adapt.add_ons", "{feature_distance: {things: [true]}}"), "`.*true.*` is not valid"),
        (("advent", "--add-ons", "distil"), "distil.teacher: `distil` needs it"),
        (("advent", "--stages.adapt.add_ons.distil.teacher", "3"), "distil.teacher: `3` is not valid. Give text"),
        (("source_only", "--stages.train.add_ons.distil.teacher", "runs/a"), "distil: needs `target_image`, but"),
        (("adabn", "--add-ons", "feature_distance"), "adabn trains no segmenter"),
    ],
)
def test_what_a_stage_cannot_take_on_is_named_when_it_is_read(arguments, words):
    with pytest.raises(UsageError, match=words):
        configured("--method", *arguments)
