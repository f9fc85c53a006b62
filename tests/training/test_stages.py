"""Stages one after the other: what is finished is loaded, what has a start of its own begins anew."""

import json

import numpy as np
import pytest

from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.runs.provenance import segmenter_record
from keras_uda.segmenters.build import save_segmenter
from keras_uda.training import stages as module
from keras_uda.training.build import initial_segmenter
from keras_uda.training.stages import run_stages
from tests.stages import make_stages


@pytest.fixture
def trained(monkeypatch):
    """Instead of training, the first weight of the segmenter becomes the number of the stage plus 1."""
    names = []

    def train_stage(stage, domains, segmenter, regenerate):
        names.append((stage.name, float(np.ravel(segmenter.get_weights()[0])[0])))
        fill(segmenter, stage.number + 1)
        state_hash = f"hash of {stage.name}"
        save_segmenter(segmenter, stage.folder, segmenter_record(stage, stage.steps, state_hash=state_hash))
        return state_hash

    monkeypatch.setattr(module, "train_stage", train_stage)
    return names


def fill(segmenter, value: float) -> None:
    first, *rest = segmenter.get_weights()
    segmenter.set_weights([np.full_like(first, value), *rest])


def first_weight(segmenter) -> float:
    return float(np.ravel(segmenter.get_weights()[0])[0])


def test_every_stage_goes_on_from_the_one_before(tmp_path, trained):
    stages = make_stages(tmp_path, one="source_only", two="minent", three="minent")
    start = first_weight(initial_segmenter(stages[0].run))
    segmenter, state_hash = run_stages(stages, None)
    assert trained == [("one", pytest.approx(start)), ("two", 1.0), ("three", 2.0)]
    assert state_hash == "hash of three" and first_weight(segmenter) == 3.0


def test_a_stage_may_start_anew(tmp_path, trained):
    stages = make_stages(tmp_path, one="source_only", two=StageConfig("minent", start="initial"))
    run_stages(stages, None)
    assert trained[0][1] == trained[1][1]


def test_finished_stages_are_loaded_and_not_trained(tmp_path, trained):
    configs = {"one": "source_only", "two": "minent"}
    run_stages(make_stages(tmp_path, **configs)[:1], None)
    segmenter, state_hash = run_stages(make_stages(tmp_path, **configs), None)
    assert [name for name, _ in trained] == ["one", "two"] and trained[1] == ("two", 1.0)
    segmenter, state_hash = run_stages(make_stages(tmp_path, **configs), None)
    assert len(trained) == 2 and state_hash == "hash of two" and first_weight(segmenter) == 2.0


def test_weights_of_a_later_stage_are_asked_for_first(tmp_path, trained):
    later = StageConfig("minent", start="initial", weights=str(tmp_path / "nowhere"))
    with pytest.raises(ArtefactError, match="nowhere"):
        run_stages(make_stages(tmp_path, one="source_only", two=later), None)
    assert trained == []


def test_a_stage_whose_file_changed_is_not_loaded(tmp_path, trained):
    stages = make_stages(tmp_path, one="source_only")
    run_stages(stages, None)
    record = json.loads((stages[0].folder / "segmenter.json").read_text())
    (stages[0].folder / "segmenter.json").write_text(json.dumps(record | {"sha256": "0" * 64}))
    with pytest.raises(ArtefactError, match="SHA-256"):
        run_stages(stages, None)
