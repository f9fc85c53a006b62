"""Whole runs without a source, and of several domains: killed and resumed, with the scores that they should have."""

import json
import signal
import subprocess

import pytest

from tests.training.test_kills import command
from tests.training.test_kills import environment
from tests.training.test_kills import finish

FEW = ["--steps", "4", "--checkpoint_every", "2", "--baselines", "all"]
LOOKS = "[{name: sim, share: 0.5}, {name: drive, share: 0.3}, {name: sim, world_seed: 4, share: 0.2}]"
STREETS = "[{name: street, share: 2}, {name: street_motorway}]"


@pytest.fixture(scope="module")
def given(cache):
    """A trained segmenter."""
    finish(cache / "given", cache, "--method", "source_only", *FEW, "--baselines", "none")
    return ["--data.source.name", "none", "--segmenter.weights", str(cache / "given")]


def killed_and_finished(folder, cache, *more: str) -> str:
    """The state hash of a run that was killed after its second step."""
    fault = environment(cache, KERAS_UDA_FAULT="state-written:2")
    killed = subprocess.run(command(folder, *more), env=fault, capture_output=True, cwd=cache)
    assert killed.returncode == -signal.SIGKILL
    return finish(folder, cache, *more)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["adabn", "minent", "selftraining", "cbst", "dacs"])
def test_a_run_without_a_source_goes_on_to_the_same_bits(tmp_path, cache, given, method):
    more = ["--method", method, *given, *FEW]
    whole = finish(tmp_path / "whole", cache, *more)
    assert killed_and_finished(tmp_path / "run", cache, *more) == whole
    content = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    scored = json.loads((cache / "given" / "evaluation.json").read_text())
    assert content["source_only"]["confusion"] == scored["source_only"]["confusion"]
    assert content["oracle"] and content["target_labels_read"] == ["evaluation", "oracle"]
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert len(record["teachers"]["segmenter.weights"]) == 64


@pytest.mark.slow
@pytest.mark.parametrize("method", ["minent", "cbst"])
def test_three_sources_and_two_targets_go_on_to_the_same_bits(tmp_path, cache, method):
    more = ["--method", method, "--data.sources", LOOKS, "--data.targets", STREETS, *FEW]
    more += ["--evaluation.also", "[{name: street_no_sky, eval_frames: 3}]"]
    whole = finish(tmp_path / "whole", cache, *more)
    assert killed_and_finished(tmp_path / "run", cache, *more) == whole
    content = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    for model in ("source_only", "adapted", "oracle"):
        assert set(content[model]["subsets"]) == {"street", "street_motorway"}
        pixels = [part["pixels"] for part in content[model]["subsets"].values()]
        assert sum(pixels) == content[model]["pixels"] and min(pixels) > 0
    assert set(content["gap_closed_subsets"]) == {"street", "street_motorway"}
    assert set(content["also"]["street_no_sky"]) == {"source_only", "adapted", "change"}
