"""Sizes and the rules of one field; ranges are the business of `test_validation.py`."""

import dataclasses

import pytest

from keras_uda.config.field_types import MOST_FRAMES
from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import METHODS
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError
from keras_uda.world.render import SPLIT_LENGTH


@pytest.mark.parametrize(("text", "size"), [("256x192", (256, 192)), ("1x1", (1, 1)), ("99999x3", (99999, 3))])
def test_sizes_are_width_and_height(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "256", "256X192", "0x5", "05x5", "5x-5", "1000000x5", " 5x5", "5x5x5", "٣x٣"])
def test_what_is_no_size(text):
    with pytest.raises(UsageError, match="WIDTHxHEIGHT"):
        parse_size(text)


@pytest.mark.parametrize("text", ["99999x99999", "8001x8000", "64000001x1"])
def test_sizes_that_no_image_has(text):
    with pytest.raises(UsageError):
        parse_size(text)
    assert parse_size("8000x8000") == (8000, 8000)


def test_a_split_of_the_built_in_world_has_as_many_frames_as_may_be_asked_for():
    assert MOST_FRAMES == SPLIT_LENGTH


def test_configurations_are_frozen_and_equal_by_value():
    assert RunConfig() == RunConfig() and hash(StageConfig().method) == hash("source_only")
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunConfig().seed = 3


def test_baselines_get_the_labelled_batches_of_all_stages():
    stages = {"a": StageConfig("source_only", 5), "b": StageConfig("adabn", 7), "c": StageConfig("minent", 11)}
    assert RunConfig(stages=stages).source_steps == 16
    assert RunConfig(stages={"a": StageConfig("oracle", 5)}).source_steps == 5


def test_only_an_ensemble_has_members():
    members = ({"name": "tiny"}, {"name": "tiny"})
    assert SegmenterConfig("ensemble", "none", members=members, shares=(0.5, 0.5)).members == members
    with pytest.raises(UsageError, match="segmenter.members"):
        SegmenterConfig("tiny", members=members, shares=(0.5, 0.5))


def test_every_method_says_which_target_labels_it_may_open():
    assert {method_facts(name).target_labels for name in METHODS} <= {"none", "some", "all"}
