"""Stages with pseudo-labels: what cannot be meant is refused; killed anywhere, processes end with the same bytes."""

import json
import re
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.commands.train import parser
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import run_config
from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training.pseudo_labelling import identity
from keras_uda.training.pseudo_labelling import note_unlabelled_classes
from tests.stages import make_stages
from tests.training.test_kills import command
from tests.training.test_kills import environment
from tests.training.test_kills import finish

ROUNDS = ["--method", "cbst", "--steps", "6", "--checkpoint_every", "4"]
# So few steps teach nothing: at a rate at which something happens, one class swallows the map and the round ends early.
CALM = [*ROUNDS, "--optimizers.segmenter.learning_rate", "1e-5"]


def parsed(*arguments: str):
    return run_config(parser(), list(arguments))[0]


def test_every_stage_has_the_steps_and_portions_of_the_schedule():
    run = parsed("--method", "cbst", "--steps", "7")
    assert [stage.steps for stage in run.stages.values()] == [7] * 4
    labels = [stage.pseudo_labels for stage in run.stages.values()]
    assert labels[0] is None and [one.portion for one in labels[1:]] == [0.2, 0.25, 0.3]
    assert {one.policy for one in labels[1:]} == {"class_balanced"}
    assert parsed("--method", "selftraining").stages["round_1"].pseudo_labels.policy == "global"
    changed = parsed("--method", "cbst", "--stages.round_2.pseudo_labels.portion", "0.4")
    assert changed.stages["round_2"].pseudo_labels.portion == 0.4


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--stages.round_1.pseudo_labels", "null"], "round_1.pseudo_labels.*cbst trains on pseudo-labels"),
        (["--stages.round_1.pseudo_labels.portion", "0"], "portion"),
        (["--stages.round_1.pseudo_labels.polcy", "global"], "polcy.*policy"),
        (["--stages.round_1.pseudo_labels.policy", "clas_balanced"], "class_balanced"),
        (["--stages.round_1.pseudo_labels.policy", "landmarks"], "learns from class_balanced"),
        (["--stages.round_1.pseudo_labels.mine", "0.8"], "data.zoom"),
        (["--stages.round_1.pseudo_labels.label_entropy", "0.25"], "soft_labels"),
        (["--stages.round_1.teacher", "round_2"], "before `round_1`"),
        (["--stages.source.pseudo_labels", "{portion: 0.2}"], "source_only does not read"),
        (["--stages.source.method", "cbst", "--stages.source.pseudo_labels", "{portion: 0.2}"], "segmenter.weights"),
    ],
)
def test_what_cannot_be_meant_is_refused(flags, message):
    with pytest.raises(UsageError, match=message):
        parsed("--method", "cbst", *flags)


def test_a_stage_that_labels_must_stand_before():
    config = str(configs_folder() / "gta5_to_cityscapes" / "proda.yaml")
    with pytest.raises(UsageError, match="distil_1.pseudo_labels.labelled_by: there is no stage `distil_2` before"):
        parsed("--config", config, "--stages.distil_1.pseudo_labels.labelled_by", "distil_2")


def test_who_labels_is_in_the_labels_by_its_weights_alone():
    segmenter, target = SimpleNamespace(weights=[]), SimpleNamespace(names=[], digests=[])
    configs = [StageConfig("cbst", pseudo_labels=PseudoLabelConfig(labelled_by=name)) for name in (None, "source")]
    stages = [make_stages(Path("unused"), source="source_only", round=config)[-1] for config in configs]
    one, other = (identity(stage, target, segmenter) for stage in stages)
    assert one == other


def test_classes_without_a_pseudo_label_are_named_once(tmp_path):
    first, second = make_stages(tmp_path, round_1="cbst", round_2="cbst")
    for _ in range(2):
        note_unlabelled_classes(first, {"road": 7, "fence": 0, "rider": 0})
    note_unlabelled_classes(second, {"road": 7})
    (note,) = json.loads((tmp_path / "notes.json").read_text())
    assert "labelled as fence, rider." in note["text"]


@pytest.mark.parametrize(
    ("name", "rounds", "portions", "arguments"),
    [
        ("cbst_sp", 3, (0.15, 0.25), {}),
        ("cbst_mxnet", 6, (0.2, 0.45), {}),
        ("crst_mrkld", 3, (0.2, 0.3), {"mrkld_weight": 0.01}),
        ("crst_lrent", 3, (0.2, 0.3), {"soft_labels": True}),
    ],
)
def test_the_forms_of_cbst_have_their_published_numbers(name, rounds, portions, arguments):
    run = parsed("--config", str(configs_folder() / "gta5_to_cityscapes" / f"{name}.yaml"))
    made = list(run.stages.values())[1:]
    assert len(made) == rounds and (made[0].pseudo_labels.portion, made[-1].pseudo_labels.portion) == portions
    assert all(stage.arguments == {"source_weight": 0.25} | arguments for stage in made)
    assert {stage.pseudo_labels.prior for stage in made} == {name == "cbst_sp"}
    rates = [stage.optimizers["segmenter"].learning_rate for stage in made]
    expected = 1e-4 / 2 ** (np.arange(6) / 2) if name == "cbst_mxnet" else [5e-5] * 3
    np.testing.assert_allclose(rates, expected, rtol=1e-2)


def test_lrent_is_two_words():
    soft = ["--stages.round_1.arguments.soft_labels", "true", "--stages.round_1.pseudo_labels.label_entropy", "0.25"]
    assert parsed("--method", "cbst", *soft).stages["round_1"].arguments == {"soft_labels": True}


def content(folder) -> dict[str, bytes]:
    """Every file of the pseudo-labels of a run."""
    files = [path for path in folder.glob("stages/*/pseudo_labels/**/*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(cache):
    state = finish(cache / "whole", cache, *CALM)
    return state, content(cache / "whole")


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    ["pseudo-labels-decided:1", "pseudo-label-before-rename:3", "pseudo-label-written:7", "pseudo-label-listed:20"]
    + ["pseudo-labels-before-manifest:2", "pseudo-labels-finished:1", "folder-before-rename:4", "manifest-written:7"],
)
def test_killed_in_a_round(tmp_path, cache, whole, fault):
    folder = tmp_path / "run"
    done = subprocess.run(
        command(folder, *CALM), env=environment(cache, KERAS_UDA_FAULT=fault), capture_output=True, cwd=cache
    )
    assert done.returncode == -signal.SIGKILL
    state = finish(folder, cache, *CALM)
    assert content(folder) == whole[1]
    assert state == whole[0]


@pytest.mark.slow
@pytest.mark.ci
def test_a_round_that_is_finished_is_not_made_again_and_damage_is_told(tmp_path, cache, whole):
    folder = tmp_path / "run"
    fault = environment(cache, KERAS_UDA_FAULT="pseudo-label-listed:20")
    subprocess.run(command(folder, *CALM), env=fault, capture_output=True, cwd=cache)
    first = folder / "stages" / "1_round_1" / "segmenter.weights.h5"
    written = first.stat().st_mtime_ns
    interrupted = environment(cache, KERAS_UDA_FAULT="state-written:2")  # inside the second round
    killed = subprocess.run(command(folder, *CALM), env=interrupted, capture_output=True, cwd=cache)
    assert killed.returncode == -signal.SIGKILL and not (folder / "stages" / "2_round_2" / "segmenter.json").exists()
    label = next((folder / "stages" / "2_round_2" / "pseudo_labels").glob("labels/**/*.png"))
    label.write_bytes(label.read_bytes()[:-9])
    refused = subprocess.run(command(folder, *CALM), env=environment(cache), capture_output=True, text=True, cwd=cache)
    assert refused.returncode == 3 and label.name in refused.stderr and "--regenerate" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert finish(folder, cache, *CALM, "--regenerate") == whole[0]
    assert content(folder) == whole[1] and first.stat().st_mtime_ns == written


@pytest.mark.slow
@pytest.mark.parametrize("method", ["selftraining", "cda"])
def test_the_other_methods_run_through(tmp_path, cache, method):
    folder = tmp_path / "run"
    extra = ["--stages.adapt.pseudo_labels.superpixels", "12"] if method == "cda" else []
    finish(folder, cache, "--method", method, "--steps", "4", *extra)
    scores = json.loads((folder / "stage_scores.json").read_text())
    evaluation = json.loads((folder / "evaluation.json").read_text())
    assert list(scores.values())[-1] == evaluation["adapted"]["miou"]
    assert evaluation["target_labels_read"] == ["evaluation"]
    manifests = [json.loads(path.read_text()) for path in folder.glob("stages/*/pseudo_labels/manifest.json")]
    assert len(manifests) == len(scores) - 1 and all(0 < manifest["coverage"] < 1 for manifest in manifests)
    report = (folder / "report.html").read_text()
    assert "Pseudo-labels" in report and "pictures/pseudo_labels.png" not in report
    if method == "cda":
        assert any("not to be had" in note["text"] for note in json.loads((folder / "notes.json").read_text()))
        assert all(abs(sum(one["distribution"]) - 1) < 1e-3 for one in manifests[0]["labels"].values())


@pytest.mark.slow
def test_a_stage_that_collapses_ends_healthy(tmp_path, cache):
    """The rate of a round is so high that one class swallows the map."""
    folder = tmp_path / "run"
    wild = ["--stages.round_1.optimizers.segmenter.learning_rate", "50", "--checkpoint_every", "1"]
    done = subprocess.run(
        command(folder, *ROUNDS, *wild), env=environment(cache), capture_output=True, text=True, cwd=cache
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "has taken over the prediction" in done.stderr
    notes = {note["key"]: note["text"] for note in json.loads((folder / "notes.json").read_text())}
    kept = int(re.search(r"last healthy state, of step (\d+)", notes["round_1/collapse"])[1])
    assert published_is_generation(folder / "stages" / "1_round_1", kept)


def published_is_generation(stage, step: int) -> bool:
    """Whether every weight of the segmenter of a stage is, bit for bit, one of the generation of a step."""
    saved = tf.train.load_checkpoint(str(stage / "state" / f"step-{step:08d}" / "state"))
    known = {saved.get_tensor(name).tobytes() for name in saved.get_variable_to_shape_map() if "method" in name}
    return all(np.asarray(weight).tobytes() in known for weight in load_segmenter(stage)[0].weights)
