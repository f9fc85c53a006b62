"""What a run would take, without running it."""

import pytest

from keras_uda.__main__ import main
from keras_uda.commands.dry_run import label_bytes
from keras_uda.commands.dry_run import random_batch
from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.config.schema import StageConfig
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from tests.stages import make_stage
from tests.stages import make_stages

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]


def test_labels_of_whole_predictions_take_more(tmp_path):
    run = run_config(parser(), ["--method", "proda", "--data.size", "64x48"])[0]
    stages = {stage.name: stage for stage in stages_of(run, RunFolder(tmp_path))}
    assert label_bytes(stages["denoise"], 4) == 64 * 48 + 2 * 19 * 16 * 12
    assert label_bytes(stages["distil_1"], 4) == 64 * 48


LABELLED = {"image", "label"}


@pytest.mark.parametrize(
    ("method", "arguments", "source", "target"),
    [
        ("source_only", {}, LABELLED, None),
        ("adabn", {}, None, {"image"}),
        ("oracle", {}, None, LABELLED),
        ("advent", {}, LABELLED, {"image"}),
        ("cbst", {"soft_labels": True}, LABELLED, {"image", "pseudo_label", "soft_label"}),
        ("weaklabel", {"weak": "point"}, LABELLED, {"image", "weak", "points"}),
    ],
)
def test_a_random_batch_holds_what_the_stage_reads(tmp_path, method, arguments, source, target):
    (stage,) = make_stages(tmp_path, adapt=StageConfig(method, arguments=arguments))
    batch = random_batch(stage, 8)
    assert all(set(batch.get(side, {})) == (keys or set()) for side, keys in (("source", source), ("target", target)))


@pytest.mark.parametrize(("stride", "size"), [(4, (48, 64)), (8, (24, 32)), (32, (6, 8))])
def test_soft_labels_have_the_stride_of_the_segmenter(tmp_path, stride, size):
    batch = random_batch(make_stage(tmp_path, "proda"), stride)
    assert batch["target"]["soft_label"].shape[1:3] == size


@pytest.mark.parametrize("method", ["advent", "proda"])
def test_nothing_is_written(tmp_path, capsys, monkeypatch, method):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *SMALL, "--method", method, "--steps", "2", "--baselines", "none", "--dry-run"]) == 0
    assert not list(tmp_path.iterdir())
    text = capsys.readouterr().out
    assert "expected duration" in text and ("labels of at most" in text) == (method == "proda")
