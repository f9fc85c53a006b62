"""Segmenters that are kept to choose from."""

import json

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.training.callbacks.candidates import KeepCandidate
from keras_uda.training.callbacks.candidates import candidates
from tests.stages import make_stage
from tests.toy import toy_method


@pytest.fixture
def stage(tmp_path):
    return make_stage(tmp_path, steps=25, checkpoint_every=10)


def write(segmenter, step, place) -> None:
    place.mkdir(parents=True)
    (place / "segmenter.json").write_text(json.dumps({"provenance": {"steps": step}}))


def test_one_is_kept_at_every_checkpoint_in_order(stage):
    callback = KeepCandidate(0, stage, write)
    callback.set_model(toy_method("minent"))
    for step in range(1, 26):
        callback.after_step(step, {})
    kept = candidates(stage)
    assert list(kept) == [10, 20, 25] and kept[20] == stage.folder / "candidates" / "step-00000020"


def test_what_a_killed_process_left_is_written_again(stage):
    callback = KeepCandidate(0, stage, write)
    callback.keep(None, 10)
    (stage.folder / "candidates" / "step-00000010" / "half").touch()
    callback.keep(None, 10)
    assert [path.name for path in candidates(stage)[10].iterdir()] == ["segmenter.json"]


def test_a_stage_that_kept_none_has_none_to_choose(stage):
    with pytest.raises(ArtefactError, match="no checkpoints were kept"):
        candidates(stage)


def test_what_is_kept_is_what_the_method_would_leave(stage):
    seen = []
    callback = KeepCandidate(9, stage, lambda segmenter, step, place: seen.append(segmenter))
    method = toy_method("dacs", arguments={"keep_teacher": True})
    callback.set_model(method)
    callback.after_step(10, {})
    assert seen == [method.teacher]
