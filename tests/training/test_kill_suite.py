"""The long suite: random kills of training in five forms, of exports and of predictions (`KERAS_UDA_KILLS` of them)."""

import hashlib
import json
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
from tests.predict.clips import make_clip
from tests.toy_export import make_run
from tests.training.test_kills import TINY
from tests.training.test_kills import environment

KILLS = int(os.environ.get("KERAS_UDA_KILLS", "50"))  # of training, over all forms; of exports and predictions less
EVERY = 3
RUN = [*TINY, "--checkpoint_every", str(EVERY), "--baselines", "none", "--print-state-hash"]
CALM = ["--optimizers.segmenter.learning_rate", "1e-5"]  # at which no class swallows the map in so few steps
SAMPLED = ["--data.source.sampler", "{rare_class: {}}"]
SMALL_TRANSLATOR = ["--stages.translate.arguments", "{generator_base: 4, generator_depth: 3, discriminator_base: 4}"]
SMALL_TRANSLATOR += ["--stages.translate.crop", "64x32"]
FORMS = {
    "teacher, add-on, sampler": ["--method", "dacs", "--add-ons", "masked_consistency", *SAMPLED, "--steps", "24"],
    "memory": ["--method", "contrastive_memory", "--steps", "24"],
    "prototypes and pseudo-labels in four stages": ["--method", "proda", *CALM, "--steps", "7"],
    "discriminator and scaled losses": ["--method", "advent", "--precision", "mixed_float16", "--steps", "24"],
    "a translator and its translations": ["--method", "cycada", *SMALL_TRANSLATOR, "--steps", "7"],
    "rounds of pseudo-labels": ["--method", "cbst", *CALM, "--steps", "7"],
}


class Killer:
    """Commands in one folder, killed at random moments.

    Args:
        place: folder of the commands.
    Attributes:
        generator: of the moments; its seed is printed.
    """

    def __init__(self, place: Path):
        self.place, seed = place, random.SystemRandom().randrange(2**31)  # tests start from one state of `random`
        self.generator = random.Random(seed)
        print(f"seed of the kills: {seed}")

    def start(self, arguments: list[str], **more: str) -> subprocess.Popen:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        own = environment(self.place / "cache", PYTHONPATH=str(ROOT), **more)
        return subprocess.Popen([sys.executable, "-m", "keras_uda", *arguments], cwd=self.place, env=own, **pipes)

    def whole(self, arguments: list[str]) -> tuple[str, float]:
        """(what the command prints, its seconds) when nobody kills it."""
        began, process = time.monotonic(), self.start(arguments)
        printed = process.communicate()[0]
        assert process.returncode == 0, printed[-2000:]
        return printed, time.monotonic() - began

    def kill_at(self, arguments: list[str], fault: str) -> None:
        process = self.start(arguments, KERAS_UDA_FAULT=fault)
        printed = process.communicate()[0]
        assert process.returncode == -signal.SIGKILL, printed[-2000:]

    def kill_within(self, arguments: list[str], seconds: float) -> tuple[bool, str]:
        """(whether it was killed before its end, what it printed)."""
        process = self.start(arguments)
        try:
            printed = process.communicate(timeout=self.generator.uniform(0.02, 0.8) * seconds)[0]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True, process.communicate()[0]
        assert process.returncode == 0, printed[-2000:]
        return False, printed


def state_hash(printed: str) -> str:
    return re.search(r"state hash (\w{64})", printed)[1]


def last_logged(run: Path) -> dict[str, int]:
    """Stage -> last step in the log of a run."""
    log = run / "metrics.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")] if log.exists() else []
    return {line["stage"]: line["step"] for line in lines}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_random_kills(tmp_path, form):
    """Runs are killed again and again until they end, as many runs as it takes."""
    killer, kills = Killer(tmp_path), 0
    train = ["train", *RUN, *FORMS[form], "--output"]
    printed, seconds = killer.whole([*train, "whole"])
    expected = state_hash(printed)
    for number in range(99):
        killed, before, logged = True, kills, {}
        while killed:  # a little later with every kill, or a machine that got slower never reaches a checkpoint
            killed, printed = killer.kill_within([*train, f"run-{number}"], seconds * (1 + (kills - before) / 5))
            kills += killed
            assert "damaged" not in printed and "Traceback" not in printed, printed[-2000:]
            for stage, first in re.findall(r"stage (\w+): \w+, steps (\d+) to", printed):
                assert int(first) - 1 >= logged.get(stage, 0) - EVERY, (stage, first, logged)
            logged = last_logged(tmp_path / f"run-{number}")
        again, _ = killer.whole([*train, f"run-{number}"])
        assert "already complete" in again and state_hash(again) == expected
        if kills >= KILLS / len(FORMS):
            break
    print(f"{kills} kills in {number + 1} runs")


@pytest.mark.slow
def test_random_kills_of_an_export(tmp_path):
    killer = Killer(tmp_path)
    make_run(tmp_path / "run")
    export = ["export", "--run", "run", "--quantize", "none", "float16"]
    _, seconds = killer.whole(export)
    (first,) = (tmp_path / "exports").iterdir()
    names = {path.relative_to(first) for path in first.rglob("*")}
    for _ in range(max(1, KILLS * 2 // 5)):
        killer.kill_within(export, seconds)
        for folder in (tmp_path / "exports").iterdir():
            if not folder.name.startswith(".tmp-"):
                assert {path.relative_to(folder) for path in folder.rglob("*")} == names
    killer.whole(export)
    assert not list((tmp_path / "exports").glob(".tmp-*"))


@pytest.mark.slow
def test_random_kills_of_a_prediction(tmp_path):
    killer = Killer(tmp_path)
    make_run(tmp_path / "run")
    make_clip(tmp_path / "clip.mp4", frames=150)
    predict = ["predict", "--model", "run", "--input", "clip.mp4", "--labels", "--resume", "--output"]
    _, seconds = killer.whole([*predict, "whole"])
    expected, kills = hashes(tmp_path / "whole"), 0
    for number in range(99):
        before = kills
        while killer.kill_within([*predict, f"out-{number}"], seconds * (1 + (kills - before) / 5))[0]:
            kills += 1
        assert hashes(tmp_path / f"out-{number}") == expected
        if kills >= KILLS / 5:
            break


def hashes(folder: Path) -> dict[str, str]:
    """Of every label map and of the table."""
    files = [*folder.rglob("labels/*.png"), *folder.rglob("confidence.csv")]
    assert len(files) > 100
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
def test_killed_before_the_weights_are_there(tmp_path):
    killer = Killer(tmp_path)
    train = ["train", *RUN, "--method", "minent", "--steps", "7", "--output"]
    expected = state_hash(killer.whole([*train, "whole"])[0])
    killer.kill_at([*train, "run"], "weights-before-rename:1")
    assert not list((tmp_path / "run").rglob("segmenter.weights.h5"))
    assert state_hash(killer.whole([*train, "run"])[0]) == expected


@pytest.mark.slow
def test_killed_before_a_version_is_served(tmp_path):
    killer = Killer(tmp_path)
    make_run(tmp_path / "run")
    export = ["export", "--run", "run", "--serving", "base", "--formats", "saved_model"]
    killer.kill_at(export, "version-written:1")
    assert not [path for path in (tmp_path / "base").rglob("*") if path.name.isdigit()]
    killer.whole(export)
    assert (tmp_path / "base" / "segmenter" / "1" / "saved_model.pb").is_file()


@pytest.mark.slow
def test_killed_before_a_clip_is_there(tmp_path):
    killer = Killer(tmp_path)
    make_run(tmp_path / "run")
    make_clip(tmp_path / "clip.mp4", frames=12)
    predict = ["predict", "--model", "run", "--input", "clip.mp4", "--output", "out"]
    killer.kill_at(predict, "video-before-rename:1")
    assert not (tmp_path / "out" / "clip.mp4").exists()
    killer.whole([*predict, "--resume"])
    assert (tmp_path / "out" / "clip.mp4").is_file()
