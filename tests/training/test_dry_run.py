"""What a run would take, without running it."""

import dataclasses

import pytest

from keras_uda.__main__ import main
from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.training.baselines import baseline_folder
from keras_uda.training.dry_run import Cost
from keras_uda.training.dry_run import expected
from keras_uda.training.dry_run import label_bytes
from keras_uda.training.dry_run import untrained_baselines
from tests.everyday import IN_THE_CONTINUOUS_CHECK

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]


def test_labels_of_whole_predictions_take_more(tmp_path):
    run = run_config(parser(), ["--method", "proda", "--data.size", "64x48"])[0]
    stages = {stage.name: stage for stage in stages_of(run, RunFolder(tmp_path))}
    assert label_bytes(stages["denoise"], 4) == 64 * 48 + 2 * 19 * 16 * 12
    assert label_bytes(stages["distil_1"], 4) == 64 * 48


@pytest.mark.parametrize(
    ("flags", "told", "has_labels"),
    [
        (["--method", "advent", "--baselines", "none"], "", False),
        (["--method", "source_only"], " for oracle of 2 steps)", False),
        pytest.param(  # as many as all of its stages
            *(["--method", "cbst"], " for source_only and oracle of 8 steps)", True), marks=IN_THE_CONTINUOUS_CHECK
        ),
    ],
)
def test_nothing_is_written_and_baselines_take_as_many_batches_as_all_stages(
    tmp_path, capsys, monkeypatch, flags, told, has_labels
):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *SMALL, *flags, "--steps", "2", "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())
    text = capsys.readouterr().out
    first = text.splitlines()[0]
    assert first.startswith("expected duration") and first.endswith(f"{told}, plus scoring")
    assert text.index("peak memory") < text.index(f"method: {flags[1]}")  # the configuration comes last
    assert ("labels of at most" in text) == has_labels


def test_what_baselines_take_is_counted():
    own, beside = Cost(60.0, 0, []), Cost(30.0, 0, [])
    run = run_config(parser(), ["--method", "minent", "--steps", "7"])[0]
    line = expected(run, own, beside, ["source_only", "oracle"])
    assert line == "expected duration 2:00 (1:00 for minent, 1:00 for source_only and oracle of 7 steps), plus scoring"
    assert expected(run, own, beside, []) == "expected duration 1:00, plus scoring"


def test_baselines_that_are_there_or_not_wanted_cost_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = run_config(parser(), ["--method", "minent"])[0]
    assert untrained_baselines(run) == ["source_only", "oracle"]
    place = baseline_folder(run, "oracle")
    place.path.mkdir(parents=True)
    place.update_record(status="finished")
    assert untrained_baselines(run) == ["source_only"]
    assert untrained_baselines(dataclasses.replace(run, baselines="none")) == []
