"""A disk that fills in the middle of training: exit 6, one line, and the same command ends as if it had not."""

import json
import re
import subprocess

import pytest

from keras_uda.__main__ import main
from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.training import fit
from keras_uda.training import run as training
from keras_uda.training.callbacks.log import Log
from keras_uda.training.state import TrainingState

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--method", "minent"]
SMALL += ["--data.source.frames", "6", "--data.target.frames", "5", "--data.target.eval_frames", "2"]
SMALL += ["--steps", "30", "--checkpoint_every", "10", "--baselines", "none", "--print-state-hash"]
MOMENTS = {
    "a line of the log": (MetricsLog, "write", 2),
    "the curves": (Log, "_scalars", 2),
    "a checkpoint": (TrainingState, "save", 2),
    "the segmenter": (fit, "save_segmenter", 1),
    "what is published": (training, "publish", 1),
    "the scores": (training, "evaluate_run", 1),
    "the report": (training, "write_report", 1),
}


@pytest.fixture
def disk(tmp_path):
    """A disk of 40 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk of its own needs the right to mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], capture_output=True)


def fill(place):
    with (place / "filler").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(2**16))
        except OSError:
            pass


def full_before(patch, place, owner, name, passage):
    """The disk is full from that call of `name` on."""
    kept, left = getattr(owner, name), [passage]

    def called(*given, **named):
        left[0] -= 1
        if left[0] == 0:
            fill(place)
        return kept(*given, **named)

    patch.setattr(owner, name, called)


def hash_of(output: str) -> str:
    return re.search(r"state hash (\w{64})", output)[1]


@pytest.fixture(scope="module")
def uninterrupted(cache):
    """What `metrics.jsonl` and the scores are without a fault, and the hash over all state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        assert main(["train", "--output", str(cache / "run"), *SMALL]) == 0
    return results(cache / "run")


def results(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    scores = json.loads((run / "evaluation.json").read_text())["adapted"]["miou"]
    return (
        [{k: v for k, v in line.items() if k != "time"} for line in lines],
        scores,
        json.loads((run / "run.json").read_text())["state_hash"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_fills_in_training(disk, cache, uninterrupted, monkeypatch, capfd, moment):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    command = ["train", "--output", str(disk / "run"), *SMALL]
    with monkeypatch.context() as patch:
        full_before(patch, disk, *MOMENTS[moment])
        assert main(command) == 6
    last = capfd.readouterr().err.strip().splitlines()[-1]
    assert "no space left" in last and "Free space and run the same command again" in last and len(last) <= 300
    assert not list(disk.rglob(".tmp-*"))
    (disk / "filler").unlink()
    assert main(command) == 0
    assert results(disk / "run") == uninterrupted
