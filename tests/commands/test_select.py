"""`select` writes the chosen segmenter of a run into a folder of its own."""

import json
from types import SimpleNamespace

import pytest

from keras_uda.__main__ import main
from keras_uda.config.stored import to_dict
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from tests.training.test_run import parsed


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run of two stages, of whose last a checkpoint is chosen."""
    monkeypatch.chdir(tmp_path)
    folder = RunFolder(tmp_path / "runs" / "first")
    kept = folder / "stages" / "3_round_3" / "candidates" / "step-00000002"
    kept.mkdir(parents=True)
    for name in ("segmenter.weights.h5", "segmenter.json"):
        (kept / name).write_text(f"chosen {name}")
    (folder / "config.yaml").write_text(dump_yaml(to_dict(parsed("--method", "cbst"))))
    folder.update_record(status="finished", started=1.0)

    def select(stage, domains, score):
        assert (stage.name, stage.is_last, domains.ledger.allowed) == ("round_3", True, frozenset())
        table = {2: {"density": 0.5}, 4: {"density": 0.25}}
        content = json.dumps({"score": score})
        return SimpleNamespace(folder=kept, table=table, to_json=lambda: content, describe=lambda: "the best one")

    monkeypatch.setattr("keras_uda.training.selection.select", select)
    return folder.path


def test_weights_record_and_reason_are_kept_together(run, tmp_path, capsys):
    assert main(["select", "--score", "information", "--output", "best"]) == 0
    written = {path.name: path.read_text() for path in (tmp_path / "best").iterdir()}
    assert set(written) == {"segmenter.weights.h5", "segmenter.json", "config.yaml", "selection.json"}
    assert written["segmenter.json"] == "chosen segmenter.json"
    assert json.loads(written["selection.json"])["score"] == "information"
    text = capsys.readouterr().out
    assert "step 2: density 0.5000" in text and "the best one -> best" in text


def test_nothing_is_overwritten_and_scores_have_names(run, tmp_path, capsys):
    (tmp_path / "best").mkdir()
    assert main(["select", "--run", str(run), "--output", "best"]) == 2
    assert main(["select", "--run", str(run), "--score", "densty", "--output", "new"]) == 2
    assert "densty" in capsys.readouterr().err and not (tmp_path / "new").exists()
