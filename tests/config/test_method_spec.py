"""Facts of methods and add-ons are those of their classes, and what follows from them."""

import pytest

from keras_uda.config.method_spec import AddOnFacts
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import offers
from keras_uda.config.method_spec import reads_of
from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.config.schema import RunConfig
from keras_uda.config.stage_schema import StageConfig


@pytest.mark.parametrize("name", EVERY_METHOD)
def test_facts_are_those_of_the_class(name):
    kind, facts = resolve(EVERY_METHOD, name, "methods"), method_facts(name)
    for field in MethodFacts._fields:
        if field != "arguments":
            assert getattr(facts, field) == getattr(kind, field), field


@pytest.mark.parametrize("name", ADD_ONS)
def test_facts_of_add_ons_are_those_of_the_class(name):
    kind, facts = resolve(ADD_ONS, name, "methods.add_ons"), add_on_facts(name)
    assert all(getattr(facts, field) == getattr(kind, field) for field in AddOnFacts._fields if field != "arguments")


@pytest.mark.parametrize("value", [[[1]], {"a": 1}, None])
def test_values_that_nobody_has_checked_yet_bring_nothing(value):
    plain = StageConfig(method="weaklabel", arguments={"weak": "pseudo"})
    assert reads_of(StageConfig(method="weaklabel", arguments={"weak": value})) == reads_of(plain)
    facts = add_on_facts("masked_consistency")
    assert facts.needs_of({"mode": value}) == facts.needs


def test_options_decide_what_an_add_on_needs():
    facts = add_on_facts("masked_consistency")
    assert facts.needs_of({}) == facts.needs_of({"mode": "target"}) == ("target_image",)
    assert facts.needs_of({"mode": "separate"}) == ("target_image", "source_label")
    assert add_on_facts("entropy").needs_of({"exponent": 2.0}) == ("target",)


def test_arguments_decide_what_is_read():
    extras = {kind: reads_of(StageConfig("weaklabel", arguments={"weak": kind}))[2:] for kind in ("pseudo", "oracle")}
    assert extras == {"pseudo": (), "oracle": ("weak",)}
    assert reads_of(StageConfig("weaklabel", arguments={"weak": "point"}))[2:] == ("weak", "points")
    assert "soft_label" not in reads_of(StageConfig("cbst"))
    assert "soft_label" in reads_of(StageConfig("cbst", arguments={"soft_labels": True}))


def test_add_ons_decide_what_is_read():
    with_points = {"add_ons": {"entropy": {}, "points": {}}}
    assert reads_of(StageConfig("dacs", **with_points)) == ("source", "target", "points")
    read_twice = StageConfig("weaklabel", arguments={"weak": "point"}, **with_points)
    assert reads_of(read_twice) == ("source", "target", "weak", "points")
    run = RunConfig(stages={"a": StageConfig("weaklabel", **with_points)})
    assert weak_kind(run) == "point"  # the tags of the network, but points of a person


def test_arguments_have_their_default():
    assert argument_of(StageConfig("weaklabel"), "weak") == "pseudo"
    assert argument_of(StageConfig("weaklabel", arguments={"weak": "point"}), "weak") == "point"
    assert argument_of(StageConfig("advent"), "weak") is None
    stages = {"a": StageConfig("source_only"), "b": StageConfig("weaklabel", arguments={"weak": "oracle"})}
    assert weak_kind(RunConfig(stages=stages)) == "oracle" and weak_kind(RunConfig()) is None


def test_what_add_ons_can_use():
    assert offers(("source", "target"), ("source", "target")) == ("source", "target", "source_label", "target_image")
    assert offers(("target",), ("target", "label")) == ("target", "target_image", "label")
