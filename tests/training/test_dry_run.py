"""What a run would take, without running it."""

import pytest

from keras_uda.__main__ import main
from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.training.dry_run import label_bytes

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]


def test_labels_of_whole_predictions_take_more(tmp_path):
    run = run_config(parser(), ["--method", "proda", "--data.size", "64x48"])[0]
    stages = {stage.name: stage for stage in stages_of(run, RunFolder(tmp_path))}
    assert label_bytes(stages["denoise"], 4) == 64 * 48 + 2 * 19 * 16 * 12
    assert label_bytes(stages["distil_1"], 4) == 64 * 48


@pytest.mark.parametrize("method", ["advent", "proda"])
def test_nothing_is_written(tmp_path, capsys, monkeypatch, method):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *SMALL, "--method", method, "--steps", "2", "--baselines", "none", "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())
    text = capsys.readouterr().out
    assert "expected duration" in text and "plus scoring" in text
    assert ("labels of at most" in text) == (method == "proda")


@pytest.mark.parametrize(("method", "steps"), [("source_only", 2), ("cbst", 8)])
def test_baselines_take_as_many_source_batches_as_all_stages(tmp_path, capsys, monkeypatch, method, steps):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *SMALL, "--method", method, "--steps", "2", "--dry-run"]) == 0
    assert f"plus baselines of {steps} steps and scoring" in capsys.readouterr().out
