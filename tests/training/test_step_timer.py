"""Steps of a method in a process of its own, in turns with another."""

import dataclasses
import subprocess
import sys

import pytest

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.core.errors import UdaError
from keras_uda.training.step_timer import StepTimer
from keras_uda.training.step_timer import turns

SMALL = ["--segmenter.name", "tiny", "--data.size", "64x48", "--data.batch", "1"]


def small_run(*more: str):
    parser = Parser()
    add_run_flags(parser)
    return run_config(parser, [*SMALL, *(() if "--method" in more else ("--method", "proda")), *more])[0]


class Clock:
    """Answers what is given, and notes who was asked."""

    def __init__(self, name: str, answers: list[float], asked: list[str]):
        self.name, self.answers, self.asked = name, iter(answers), asked

    def seconds(self) -> float:
        self.asked.append(self.name)
        return next(self.answers)


def test_turns_stand_between_those_of_the_reference():
    asked = []
    pairs = turns(Clock("own", [4.0, 6.0], asked), Clock("other", [1.0, 3.0, 2.0], asked), 2)
    assert pairs == [(4.0, 2.0), (6.0, 2.5)]
    assert asked == ["other", "own", "other", "own", "other"]


@pytest.mark.slow
@pytest.mark.ci
def test_steps_are_taken_elsewhere_and_a_kill_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    frames = [word for side in ("source", "target") for word in (f"--data.{side}.frames", "4")]
    with StepTimer(small_run("--method", "minent", "--add-ons", "entropy", *frames)) as timer:
        ready = timer.ready()
        assert ready.stage == "minent + entropy"
        assert 0 < 4 * ready.trained < ready.state_bytes
        assert timer.seconds() > 0 and timer.peak_memory > 2**26
        rates = timer.rates()
        assert min(rates.pipeline, rates.inference) > 0 and rates.exchanged > 4 * ready.trained
        process = timer._process
        process.kill()
        with pytest.raises(UdaError, match="killed by signal 9"):
            timer.seconds()
    assert not process.is_alive()


@pytest.mark.slow
@pytest.mark.ci
def test_the_last_stage_is_timed():
    with StepTimer(small_run()) as timer:
        assert timer.ready().stage == "proda_distil"


@pytest.mark.slow
@pytest.mark.ci
def test_a_process_that_fails_is_told(capfd):
    with StepTimer(dataclasses.replace(small_run("--method", "minent"), optimizers={})) as timer:
        with pytest.raises(UdaError, match="ended with exit code 2"):
            timer.ready()
    assert "there is no optimiser for it" in capfd.readouterr().err


def test_whoever_asks_needs_no_tensorflow():
    code = "import sys, keras_uda.commands.benchmark_steps; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
