"""The callbacks of a stage, in the order in which they act."""

import numpy as np
import pytest

from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.training.callbacks.order import stage_callbacks
from keras_uda.training.stage_data import StageData
from tests.stages import make_stage
from tests.stages import make_stages
from tests.training.callbacks.test_collapse import State

USUAL = ["StopOnNaN", "Log", "PredictionPictures", "MethodPictures", "Coach", "SaveState", "StopOnSignal", "Watchdog"]


@pytest.fixture
def target(tmp_path):
    file = tmp_path / "image.png"
    file.write_bytes(encode_png(np.zeros((8, 10, 3), "uint8")))
    return Prepared([str(file)], None, ["image.png"], (10, 8))


def names(stage, target, largest_share=None) -> list[str]:
    data = StageData(None, target, largest_share=largest_share)
    pictures = np.zeros((1, 8, 10, 3), "uint8"), None
    callbacks = stage_callbacks(stage, State(stage.folder), data, lambda first, steps: [], pictures, done=0)
    return [type(one).__name__ for one in callbacks]


def test_what_may_refuse_a_step_acts_before_what_saves_it(tmp_path, target):
    assert names(make_stage(tmp_path), target) == USUAL


def test_a_stage_that_may_collapse_is_watched_first_of_all(tmp_path, target):
    assert names(make_stage(tmp_path), target, 0.4) == ["StopOnCollapse", *USUAL]


def test_the_last_stage_keeps_candidates_where_one_is_chosen(tmp_path, target):
    first, last = make_stages(tmp_path, one="source_only", two="minent")
    tmp_path.joinpath("run.json").write_text('{"select": "density"}')
    assert names(first, target) == USUAL
    assert names(last, target) == ["StopOnNaN", "KeepCandidate", *USUAL[1:]]
