"""Arguments of methods outside their range end in one line with their key, before anything is built."""

import re

import pytest

from keras_uda.config.argument_ranges import WORDS
from keras_uda.config.argument_ranges import Range
from keras_uda.config.argument_ranges import range_of
from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import method_arguments
from keras_uda.config.names import EVERY_METHOD
from keras_uda.core.errors import UsageError


def parse(*arguments: str):
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0]


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_every_argument_has_a_range_or_words(method):
    for name, annotation in method_arguments(method).items():
        assert annotation == "bool" or name in WORDS or range_of(name) is not None, name


@pytest.mark.parametrize(
    ("method", "argument", "value"),
    [
        ("fcns_wild", "ramp", "0"),
        ("fcns_wild", "size_weight", ".nan"),
        ("dann", "total_steps", "0"),
        ("dann", "discriminator_depth", "0"),
        ("contrastive_memory", "memory_size", "0"),
        ("contrastive_memory", "teacher_decay", "3"),
        ("contrastive_memory", "strong_chances", "[0.5]"),
        ("lsdseg", "dropout", "1"),
        ("lsdseg", "adversarial_weight", ".inf"),
        ("advent", "prior_share", "7"),
        ("minent", "entropy_weights", "[-1, 1]"),
        ("minent", "entropy_share", "0"),
        ("advent", "policy", "float8"),
        ("weaklabel", "source_areas", "[0.1]"),
    ],
)
def test_an_argument_out_of_range_is_named(method, argument, value):
    with pytest.raises(UsageError, match=re.escape(f"stages.adapt.arguments.{argument}: ")):
        parse("--method", method, f"--stages.adapt.arguments.{argument}", value)


def test_a_round_is_named():
    with pytest.raises(UsageError, match="stages.round_2.arguments.mrkld_weight: `-1`"):
        parse("--method", "cbst", "--stages.round_2.arguments.mrkld_weight", "-1")


@pytest.mark.parametrize("weights", ["segmentation_weights", "adversarial_weights", "prior_weights"])
def test_as_many_weights_as_levels(weights):
    one = ("--method", "advent", f"--stages.adapt.arguments.{weights}", "[0.5]")
    assert parse(*one).stages["adapt"].arguments[weights] == [0.5]
    with pytest.raises(UsageError, match=f"stages.adapt.arguments.{weights}: 1 weights, but segmenter.levels is 2"):
        parse(*one, "--segmenter.levels", "2")
    assert parse(*one[:3], "[]").stages if weights == "prior_weights" else True


def test_ends_of_a_range():
    assert Range(0, 1).holds(0) and Range(0, 1).holds(1) and not Range(0, 1).holds(float("nan"))
    assert not Range(0, 1, with_low=False).holds(0) and not Range(0, 1, with_high=False).holds(1)
    assert str(Range(0, 1, with_low=False)) == "more than 0 to 1"
