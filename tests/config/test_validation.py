"""Arguments of methods outside their range end in one line with their key, before anything is built."""

import math
import re
from typing import Any

import pytest

from keras_uda.config import ranges
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.validation import validated
from keras_uda.core.errors import UsageError


def parse(*arguments: str):
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0]


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_every_argument_has_a_type_that_is_checked(method):
    for name, argument in method_facts(method).arguments.items():
        assert argument.type is not Any and argument.type not in (int, float, str), name


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


@pytest.mark.parametrize("weights", ["segmentation_weights", "adversarial_weights"])
def test_as_many_weights_as_levels(weights):
    one = ("--method", "advent", f"--stages.adapt.arguments.{weights}", "[0.5]")
    assert parse(*one).stages["adapt"].arguments[weights] == [0.5]
    with pytest.raises(UsageError, match=f"stages.adapt.arguments.{weights}: 1 weights, but segmenter.levels is 2"):
        parse(*one, "--segmenter.levels", "2")


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (float, 1, True),
        (float, True, False),
        (float, "1", False),
        (int, 1.0, False),
        (bool, 0, False),
        (tuple[float, ...], [0.1, 2], True),
        (tuple[float, ...], ["a"], False),
        (tuple[float, ...], 0.1, False),
        (float | None, None, True),
        (ranges.Share, 0, True),
        (ranges.Share, 1, True),
        (ranges.Share, math.nan, False),
        (ranges.Share, math.inf, False),
        (ranges.OpenShare, 0, False),
        (ranges.BelowOne, 1, False),
        (ranges.Chances, [0.1], False),
        (ranges.Crop, [], True),
        (ranges.Crop, [0.5, 0.5, 0.5], False),
        (ranges.Sizes, [[0.1, 0.2, 0.3], [math.nan, math.nan, math.nan]], True),
        (ranges.Policy, "float32", True),
        (ranges.Policy, "float8", False),
    ],
)
def test_types_and_ends_of_ranges(kind, value, fits):
    if fits:
        validated(kind, value, "a.b")
        return
    with pytest.raises(UsageError, match=r"^a\.b: `.*` is not valid\. \S"):
        validated(kind, value, "a.b")


def test_of_several_mistakes_the_first_one_of_the_file_is_told():
    content = {"seed": "x", "data": {"batch": 0}}
    for lines, first in (({"seed": 2, "data.batch": 1}, "data.batch"), ({"seed": 1, "data.batch": 2}, "seed")):
        with pytest.raises(UsageError) as error:
            validated(RunConfig, content, lines=lines)
        assert error.value.where == first
