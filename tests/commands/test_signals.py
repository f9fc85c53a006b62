"""SIGTERM at random moments of real commands: exit 143, one line, nothing half-written, and the same command works."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tests.data.making import make_folder
from tests.predict.clips import make_clip
from tests.toy_export import make_run

TINY = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--baselines", "none"]
FRAMES = ["--data.size", "64x48", "--data.target.frames", "40"]
COMMANDS = {
    "set-up": ["train", "--output", "out", "--method", "minent", "--steps", "4", *TINY],
    "export": ["export", "--run", "run", "--output", "out", "--quantize", "none", "float16"],
    "predict": ["predict", "--model", "run", "--input", "clip.mp4", "--output", "out"],
    "doctor": ["doctor", "--data.source.name", "folder", "--data.source.root", "data"],
    "weak-labels": ["weak-labels", "make", "--output", "out/tags.csv", *FRAMES],
}


def start(place, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(place / "cache")}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "keras_uda", *arguments], cwd=place, env=environment, **pipes)


@pytest.fixture
def place(tmp_path):
    make_run(tmp_path / "run")
    make_clip(tmp_path / "clip.mp4", frames=40)
    make_folder(tmp_path / "data")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_terminated(place, name):
    whole = start(place, *COMMANDS[name])
    began = time.monotonic()
    errors = whole.communicate(timeout=600)[1]
    seconds = time.monotonic() - began
    assert whole.returncode == 0, errors
    subprocess.run(["mv", "out", "whole"], cwd=place, stderr=subprocess.DEVNULL)
    seed = random.randrange(2**31)
    print(f"seed of the moments: {seed}")
    for moment in (random.Random(seed).uniform(0.1, 0.9) * seconds for _ in range(4)):
        process = start(place, *COMMANDS[name])
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        errors = process.communicate(timeout=60)[1]
        if process.returncode == 0:  # it was faster this time
            subprocess.run(["rm", "-rf", "out"], cwd=place)
            continue
        lines = [line for line in errors.splitlines() if line.startswith("error: ")]
        assert process.returncode == 143 and len(lines) == 1, (moment, errors)
        assert "stopped by a signal" in lines[0] and "Traceback" not in errors
        assert not [path for path in place.rglob(".tmp-keras_uda-*") if "cache" not in path.parts]
        if name == "export":
            assert not (place / "out").exists()
        subprocess.run(["rm", "-rf", "out"], cwd=place)
