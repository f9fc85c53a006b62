"""`evaluate` scores a finished run again, into a folder of its own."""

import json
import shutil

import numpy as np
import pytest

from keras_uda.__main__ import main
from tests.commands.test_earlier_versions import KEPT
from tests.commands.test_earlier_versions import scored_by_hand


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run that is as small as can be."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(KEPT / "run", tmp_path / "runs" / "first")
    return tmp_path / "runs" / "first"


def test_the_scores_are_those_of_the_run(run, tmp_path, capsys):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    assert main(["evaluate", "--output", "again"]) == 0
    assert "scores: again/evaluation.json" in capsys.readouterr().out
    old, new = (json.loads((place / "evaluation.json").read_text()) for place in (run, tmp_path / "again"))
    assert new["adapted"]["confusion"] == scored_by_hand(run).tolist() and new["target_labels_read"] == ["evaluation"]
    assert old["adapted"].keys() <= new["adapted"].keys() and new["adapted"]["pixels"] == np.sum(scored_by_hand(run))
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


def test_another_split_may_be_scored(run, tmp_path):
    assert main(["evaluate", "--run", str(run), "--split", "train", "--output", "again"]) == 0
    content = json.loads((tmp_path / "again" / "evaluation.json").read_text())
    assert content["adapted"]["split"] == "train"


def test_nothing_is_overwritten(run, tmp_path, capsys):
    (tmp_path / "again").mkdir()
    assert main(["evaluate", "--run", str(run), "--output", "again"]) == 2
    assert "--output: again exists" in capsys.readouterr().err and not list((tmp_path / "again").iterdir())
    assert main(["evaluate", "--run", "nowhere", "--output", "new"]) == 2
