"""A killed run continues as if it had never been killed: real processes, SIGKILL, one hash over all state."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

STEPS = 24
TINY = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]
TINY += ["--data.source.frames", "16", "--data.target.frames", "13", "--data.target.eval_frames", "4"]
SHORT = ["--steps", str(STEPS), "--checkpoint_every", "5", "--baselines", "none", "--print-state-hash"]


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, str(ROOT / "train.py"), "--output", str(folder), *TINY, *SHORT, *more]


def environment(cache: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(cache), **more}


def finish(folder: Path, cache: Path, *more: str) -> str:
    """Runs to the end and returns the state hash."""
    done = subprocess.run(command(folder, *more), env=environment(cache), capture_output=True, text=True, cwd=cache)
    assert done.returncode == 0, done.stderr[-2000:]
    return re.search(r"state hash (\w{64})", done.stdout)[1]


@pytest.fixture(scope="module")
def uninterrupted(cache):
    return finish(cache / "uninterrupted", cache)


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize(
    "fault",
    ["folder-made:2", "state-written:2", "manifest-written:3", "folder-before-rename:3", "folder-after-rename:3"]
    + ["generation-pruned:1"],
)
def test_killed_at_every_boundary_of_a_checkpoint(tmp_path, cache, uninterrupted, fault):
    folder = tmp_path / "run"
    done = subprocess.run(
        command(folder), env=environment(cache, KERAS_UDA_FAULT=fault), capture_output=True, cwd=cache
    )
    assert done.returncode == -signal.SIGKILL
    assert finish(folder, cache) == uninterrupted


def killed_at_random(folder: Path, cache: Path, generator: random.Random, *more: str) -> int:
    """Kills the run at random moments until it ends by itself; returns how often."""
    kills = 0
    while True:
        process = subprocess.Popen(
            command(folder, *more),
            env=environment(cache),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=cache,
        )
        started = time.monotonic()
        before = steps_logged(folder)
        patience = generator.uniform(0.2, 3)
        while process.poll() is None:
            # Every second kill waits for new steps, so that the run gets on.
            if time.monotonic() - started > patience and (kills % 2 or steps_logged(folder) > before):
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                break
            time.sleep(0.02)
        else:
            assert process.returncode == 0
            return kills


def steps_logged(folder: Path) -> int:
    return sum(1 for _ in (folder / "metrics.jsonl").open()) if (folder / "metrics.jsonl").exists() else 0


@pytest.mark.slow
@pytest.mark.ci
def test_killed_at_random_moments(tmp_path, cache, uninterrupted):
    seed = random.randrange(2**31)
    print(f"seed of the kills: {seed}")
    kills = killed_at_random(tmp_path / "run", cache, random.Random(seed))
    assert kills >= 2
    assert finish(tmp_path / "run", cache) == uninterrupted


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_depthwise_segmenter_continues_exactly(tmp_path, cache, precision):
    more = ["--segmenter.name", "efficientnet_lite0", "--segmenter.weights", "imagenet", "--data.size", "256x192"]
    more += ["--precision", precision, "--steps", "12", "--checkpoint_every", "3"]
    whole = finish(tmp_path / "whole", cache, *more)
    fault = environment(cache, KERAS_UDA_FAULT="manifest-written:3")
    assert subprocess.run(command(tmp_path / "run", *more), env=fault, capture_output=True, cwd=cache).returncode == -9
    assert finish(tmp_path / "run", cache, *more) == whole


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_checkpoints_and_stops(tmp_path, cache, uninterrupted, number, code):
    folder = tmp_path / "run"
    process = subprocess.Popen(command(folder), env=environment(cache), stderr=subprocess.PIPE, text=True, cwd=cache)
    while not steps_logged(folder) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert finish(folder, cache) == uninterrupted


@pytest.mark.slow
@pytest.mark.ci
def test_damage_and_changes_are_told(tmp_path, cache, uninterrupted):
    """A damaged newest generation falls back; a changed configuration is refused; two owners are refused."""
    folder = tmp_path / "run"
    fault = environment(cache, KERAS_UDA_FAULT="folder-after-rename:4")
    subprocess.run(command(folder), env=fault, capture_output=True, cwd=cache)
    newest = sorted(folder.glob("stages/*/state/step-*"))[-1]
    data = next(newest.glob("state.data*"))
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 1
    data.write_bytes(content)
    changed = subprocess.run(
        command(folder, "--seed", "5"), env=environment(cache), capture_output=True, text=True, cwd=cache
    )
    assert changed.returncode == 2 and "seed" in changed.stderr
    assert finish(folder, cache) == uninterrupted
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    again = subprocess.run(command(folder), env=environment(cache), capture_output=True, text=True, cwd=cache)
    assert again.returncode == 0 and "already complete" in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
