"""A checkpoint is chosen without target labels; choosing with them is possible, and called that."""

import itertools
import json

import pytest

from keras_uda.__main__ import main
from keras_uda.core.strict_yaml import load_yaml
from keras_uda.training.callbacks.collapse import StopOnCollapse

SMALL = ["--method", "minent", "--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48"]
SMALL += ["--data.batch", "2", "--steps", "4", "--checkpoint_every", "2", "--baselines", "none"]
SMALL += ["--data.target.frames", "4", "--data.target.eval_frames", "2", "--data.source.frames", "4"]


def read(path):
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("selection") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        assert main(["train", *SMALL, "--select", "information", "--output", str(folder)]) == 0
    return folder


@pytest.mark.slow
@pytest.mark.ci
def test_the_checkpoint_with_the_best_score_is_the_segmenter_of_the_run(run):
    chosen = read(run / "selection.json")
    scores = {int(step): row["information"] for step, row in chosen["scores"].items()}
    assert set(scores) == {2, 4} and scores[chosen["chosen_step"]] == max(scores.values())
    assert chosen["target_labels_read"] == []
    assert read(run / "segmenter.json")["provenance"]["steps"] == chosen["chosen_step"]
    kept = run / "stages" / "0_adapt" / "candidates" / f"step-{chosen['chosen_step']:08d}" / "segmenter.json"
    assert read(run / "segmenter.json")["sha256"] == read(kept)["sha256"]
    assert read(run / "evaluation.json")["target_labels_read"] == ["evaluation"]
    assert "without labels" in (run / "notes.json").read_text()


@pytest.mark.slow
@pytest.mark.ci
def test_choosing_with_target_labels_is_called_that(run, tmp_path, capsys):
    assert main(["select", "--run", str(run), "--score", "target-labels", "--output", str(tmp_path / "best")]) == 0
    assert "WITH target labels" in capsys.readouterr().out
    assert read(tmp_path / "best" / "selection.json")["target_labels_read"] == ["selection"]
    assert (tmp_path / "best" / "segmenter.weights.h5").exists()
    assert main(["select", "--run", str(run), "--output", str(tmp_path / "best")]) == 2


@pytest.mark.slow
@pytest.mark.ci
def test_mistakes(run, tmp_path, capsys):
    assert main(["train", *SMALL, "--output", str(run)]) == 2
    assert "--select" in capsys.readouterr().err
    assert main(["select", "--run", str(tmp_path), "--output", str(tmp_path / "x")]) == 2
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.yaml").write_bytes((run / "config.yaml").read_bytes())
    assert main(["select", "--run", str(bare), "--output", str(tmp_path / "x")]) == 4
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("text", ["method: [adv", "foo: 1\n", "seed: null\n"])
def test_a_damaged_configuration_of_a_run_is_named(tmp_path, text, capsys):
    (tmp_path / "config.yaml").write_text(text)
    assert main(["select", "--run", str(tmp_path), "--output", str(tmp_path / "x")]) == 4
    assert main(["evaluate", "--run", str(tmp_path), "--output", str(tmp_path / "x")]) == 4
    assert capsys.readouterr().err.count("config.yaml:1") == 2


ONE_ROUND = """
method: selftraining
optimizers: {segmenter: {name: adam, learning_rate: 2e-3}}
stages:
  source: {method: source_only}
  round_1: {method: selftraining, pseudo_labels: {policy: global, portion: 0.2}}
"""


@pytest.mark.slow
@pytest.mark.ci
def test_a_stage_that_collapses_at_once_has_a_checkpoint_to_choose(tmp_path, monkeypatch):
    """The healthy state that it went back to is the only one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shares = itertools.cycle([0.5, 0.99])  # of a round before its first step, and at its first look
    monkeypatch.setattr(StopOnCollapse, "largest", lambda watcher: ("road", next(shares)))
    folder = tmp_path / "run"
    config = tmp_path / "config.yaml"
    config.write_text(ONE_ROUND)
    flags = [*SMALL[2:], "--config", str(config)]
    assert main(["train", *flags, "--select", "density", "--output", str(folder)]) == 0
    assert read(folder / "selection.json")["chosen_step"] == 0
    steps = [stage["steps"] for stage in load_yaml(folder / "config.yaml")["stages"].values()]
    provenance = read(folder / "stages" / "1_round_1" / "segmenter.json")["provenance"]
    assert provenance["steps"] == 0 and read(folder / "segmenter.json")["provenance"]["steps"] == 0
    assert read(folder / "evaluation.json")["adapted"]["train_steps"] < sum(steps)
