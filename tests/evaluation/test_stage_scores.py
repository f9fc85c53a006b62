"""mIoU after every stage, each scored once."""

import json
from types import SimpleNamespace

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.evaluation import stage_scores
from keras_uda.evaluation.stage_scores import write_stage_scores
from tests.stages import make_stages


@pytest.fixture
def stages(tmp_path):
    return make_stages(tmp_path, one="source_only", two="cbst", three="cbst")


@pytest.fixture
def scored(monkeypatch):
    """Names of the stages whose segmenter was run; each has a score of a tenth of its number."""
    names = []

    def miou(stage, domains):
        names.append(stage.name)
        return 0.1 * (stage.number + 1)

    monkeypatch.setattr(stage_scores, "stage_miou", miou)
    return names


def test_the_last_stage_has_the_score_of_the_run(tmp_path, stages, scored, capsys):
    found = write_stage_scores(stages, SimpleNamespace(held_out=True), last=0.5)
    assert found == {"one": 0.1, "two": 0.2, "three": 0.5} == json.loads((tmp_path / "stage_scores.json").read_text())
    assert scored == ["one", "two"]
    assert "mIoU in % after each stage: one 10.0, two 20.0, three 50.0" in capsys.readouterr().out


def test_what_has_a_score_is_not_scored_again(tmp_path, stages, scored):
    (tmp_path / "stage_scores.json").write_text('{"one": 0.3}')
    assert write_stage_scores(stages, SimpleNamespace(held_out=True), last=None)["one"] == 0.3
    assert scored == ["two"]


def test_without_labels_nothing_is_scored(tmp_path, stages, scored):
    assert write_stage_scores(stages, SimpleNamespace(held_out=None), last=None) == {} and scored == []
    assert not (tmp_path / "stage_scores.json").exists()


@pytest.mark.parametrize("text", ["[]", '{"one": "x"}', '{"one": {}}', '{"one": 7}', "[" * 1000])
def test_a_damaged_file_is_named(tmp_path, stages, scored, text):
    (tmp_path / "stage_scores.json").write_text(text)
    with pytest.raises(ArtefactError, match="stage_scores.json"):
        write_stage_scores(stages, SimpleNamespace(held_out=True), last=None)
