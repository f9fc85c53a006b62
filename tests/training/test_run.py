"""What a run may open target labels for, and what it writes beside its scores."""

import dataclasses
import re

import pytest

from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import PartialResult
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import ForbiddenLabels
from keras_uda.data.ledger import LabelLedger
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.provenance import threads
from keras_uda.runs.stage import stages_of
from keras_uda.training import run as training
from tests.conftest import ROOT
from tests.data.making import make_folder
from tests.data.making import picture
from tests.data.making import save

SEMI = ["--config", str(ROOT / "configs/sim_to_street/contrastive_memory_semi.yaml")]
SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48"]
SMALL += ["--data.source.frames", "2", "--data.target.frames", "4", "--data.target.eval_frames", "2"]


def parsed(*arguments: str):
    return run_config(parser(), list(arguments))[0]


@pytest.mark.parametrize(
    ("flags", "more"),
    [
        (["--method", "minent"], set()),
        (["--method", "cbst"], set()),
        (["--method", "source_only"], set()),
        (["--method", "oracle"], {"oracle"}),
        (["--method", "weaklabel"], set()),
        (["--method", "weaklabel", "--weak", "pseudo"], set()),
        (["--method", "weaklabel", "--weak", "oracle"], {"weak labels"}),
        (["--method", "weaklabel", "--weak", "point"], {"weak labels"}),
        (["--method", "minent", "--add-ons", "points"], {"weak labels"}),
        (SEMI, {"training"}),
        ([*SEMI, "--add-ons", "points"], {"training", "weak labels"}),
    ],
)
def test_target_labels_are_opened_for_what_a_method_is_for(flags, more):
    assert training.label_purposes(stages_of(parsed(*flags), RunFolder("unused"))) == {"evaluation"} | more


class Opened(Exception):
    """The stages of a run got as far as they should."""


@pytest.mark.parametrize(
    ("gpus", "line"),
    [([], f"on CPU, threads: {threads()}; "), (["A", "B", "A"], "on 2 x A, 1 x B; ")],
)
def test_a_run_begins_with_devices_and_precision(monkeypatch, gpus, line):
    monkeypatch.setattr(training.runtime, "gpus", lambda: gpus)
    run = RunConfig(precision="mixed_bfloat16")
    assert training.machine_line(run) == line + "mixed_bfloat16 (--precision mixed_bfloat16)"
    monkeypatch.setattr(training, "precisions", lambda run: ("float32", "mixed_bfloat16"))
    told = "segmenter float32, other parts mixed_bfloat16 (--precision auto)"
    assert training.machine_line(RunConfig()).endswith(told)


@pytest.mark.parametrize("method", ["minent", "oracle"])
def test_no_other_target_label_is_opened(tmp_path, monkeypatch, method):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def stages(stages, domains, regenerate):
        assert domains.held_out.labels
        if method == "oracle":
            assert domains.labelled_target.labels
        else:
            with pytest.raises(ForbiddenLabels, match="oracle"):
                _ = domains.labelled_target
        raise Opened

    monkeypatch.setattr(training, "run_stages", stages)
    folder = RunFolder(tmp_path / "run")
    with folder.claimed(), pytest.raises(Opened):
        training.train(parsed("--method", method, *SMALL), folder)


@pytest.mark.parametrize(("method", "size", "told"), [("minent", (40, 90), True), ("minent", (90, 68), False)])
def test_frames_that_lose_their_shape_are_told_before_training(tmp_path, monkeypatch, capsys, method, size, told):
    for name in ("a", "b"):
        save(tmp_path / "mine" / f"{name}.png", picture(0, size))
    monkeypatch.setattr(training, "run_stages", stopped)
    target = ["--data.target.name", "folder", "--data.target.root", str(tmp_path / "mine")]
    folder = RunFolder(tmp_path / "run")
    with folder.claimed(), pytest.raises(Opened):
        training.train(parsed("--method", method, *SMALL, *target, "--data.cache", str(tmp_path / "cache")), folder)
    assert ("keeps their shape" in capsys.readouterr().err) == told
    assert told == ("--data.size 32x96" in (folder / "notes.json").read_text() if told else False)


def test_a_run_that_left_bad_pairs_out_says_so_in_the_end(tmp_path, monkeypatch):
    """I16: `skipped.txt`, and exit 8."""
    for number in range(4):
        path = save(tmp_path / "mine" / f"{number}.png", picture(number))
    path.write_bytes(path.read_bytes()[:100])

    def stages(stages, domains, regenerate):
        assert len(domains.target) == 3
        return None, 64 * "0"

    monkeypatch.setattr(training, "run_stages", stages)
    monkeypatch.setattr(training, "publish", lambda *folders: None)
    flags = ["--data.target.root", str(tmp_path / "mine"), "--data.target.on_bad_sample", "skip"]
    run = parsed(*SMALL, "--data.target.name", "folder", *flags, "--data.cache", str(tmp_path / "cache"))
    folder = RunFolder(tmp_path / "run")
    with folder.claimed(), pytest.raises(PartialResult, match="finished without 1 bad pairs, listed in") as error:
        training.train(run, folder, scored=False)
    assert error.value.exit_code == 8
    assert re.fullmatch(r"3\.png: .*(truncated|damaged).*\n", (folder / "skipped.txt").read_text())


def stopped(*arguments):
    raise Opened


@pytest.mark.parametrize(("flags", "expected"), [(["--method", "minent"], []), (["--method", "cbst"], ["written"])])
def test_one_stage_on_pseudo_labels_has_its_section(tmp_path, monkeypatch, flags, expected):
    run, written = parsed(*flags, "--baselines", "none", *SMALL), []
    name = list(run.stages)[-1]
    run = dataclasses.replace(run, stages={name: run.stages[name]})  # as from the folder of a trained segmenter
    monkeypatch.setattr(training, "evaluate_run", lambda *arguments: {"adapted": None})
    monkeypatch.setattr(training, "write_pseudo_label_section", lambda *arguments: written.append("written"))
    training.score_run(stages_of(run, RunFolder(tmp_path)), Domains(run.data, LabelLedger([])), None)
    assert written == expected


def test_the_true_reason_why_there_is_no_oracle_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path / "mine", labels=False)
    make_folder(tmp_path / "mine", split="val", seed=50)

    def train(run, folder, scored):
        return Domains(run.data, LabelLedger()).labelled_target if run.method == "oracle" else None

    monkeypatch.setattr(training, "train", train)
    target = ["--data.target.name", "folder", "--data.target.root", "mine", "--data.cache", str(tmp_path / "cache")]
    run, why = parsed("--method", "minent", *SMALL, *target), {}
    assert list(training.train_baselines(run, Domains(run.data, LabelLedger()), why)) == ["source_only"]
    assert why == {"oracle": "the target `train` split has no labels"}
