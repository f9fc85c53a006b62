"""What a row is compared with, and which processes it takes."""

import math

import pytest

from keras_uda.core.errors import UdaError
from keras_uda.training import step_cost
from keras_uda.training.step_cost import References
from keras_uda.training.step_cost import measured
from keras_uda.training.step_cost import setting
from keras_uda.training.step_timer import Rates
from keras_uda.training.step_timer import Ready
from tests.training.test_step_timer import small_run


class Process:
    """A timer without a process: notes what was started and closed."""

    started, fails = [], ()

    def __init__(self, run, debug=False, processor_time=False):
        self.run, self.closed, self.peak_memory, self.processor_time = run, False, 2.0**30, processor_time
        self.started.append(self)

    def ready(self):
        if self.run.method in self.fails:
            raise UdaError("a step", "ended with exit code 6", "Try")
        return Ready(self.run.method, 10, 40)

    def seconds(self):
        return 1.0 if self.run.method == "source_only" else 2.0

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def processes(monkeypatch):
    monkeypatch.setattr(step_cost, "StepTimer", Process)
    monkeypatch.setattr(Process, "started", [])
    return Process


def test_rows_with_the_same_network_share_what_they_are_compared_with(processes):
    with References() as references:
        rows = [measured(small_run("--method", name), references, 2) for name in ("advent", "minent")]
        assert [one.run.method for one in processes.started] == ["source_only", "advent", "minent"]
        measured(small_run("--data.batch", "2"), references, 1)
    assert [one.run.method for one in processes.started][3:] == ["source_only", "proda"]
    assert processes.started[3].run.data.batch == 2
    assert all(one.closed for one in processes.started)
    assert rows[0].ratios == [2.0, 2.0] and rows[0].stage == "advent" and rows[0].peak_memory == 2**30


def test_no_schedule_ends_while_steps_are_timed(processes):
    with References() as references:
        row = measured(small_run("--steps", "1"), references, 1)
        other = measured(small_run("--steps", "2"), references, 1)
    steps = [stage.steps for one in processes.started for stage in one.run.stages.values()]
    assert min(steps) >= 10**6 and row.config != other.config
    assert [one.run.method for one in processes.started] == ["source_only", "proda", "proda"]


def test_after_a_failure_source_only_is_started_again(processes, monkeypatch):
    with References() as references:
        monkeypatch.setattr(processes, "fails", ("advent",))
        with pytest.raises(UdaError):
            measured(small_run("--method", "advent"), references, 1)
        assert all(one.closed for one in processes.started)
        measured(small_run(), references, 1)
    assert [one.run.method for one in processes.started] == ["source_only", "advent", "source_only", "proda"]


def test_a_system_that_tells_no_memory(processes, monkeypatch):
    monkeypatch.setattr(processes, "seconds", lambda self: setattr(self, "peak_memory", math.nan) or 1.0)
    with References() as references:
        row = measured(small_run(), references, 1)
    assert row.peak_memory is None and row.reference_peak_memory is None


def test_the_setting_names_both_sizes_or_that_of_the_crops():
    assert setting(small_run()) == "tiny, 64x48, batch 1"
    assert setting(small_run("--data.source.size", "96x64")) == "tiny, 96x64 and 64x48, batch 1"
    crops = ["--method", "dacs", "--data.source.size", "96x64", "--data.crop", "32x32"]
    assert setting(small_run(*crops)) == "tiny, 32x32, batch 1"


def test_rates_are_asked_for_when_they_are_wanted(processes, monkeypatch):
    rates = {"advent": Rates(5.0, 0.3, 800), "source_only": Rates(9.0, 0.1, 400)}
    monkeypatch.setattr(processes, "rates", lambda self: rates[self.run.method], raising=False)
    with References() as references:
        row = measured(small_run("--method", "advent"), references, 2, rates=True)
    assert (row.pipeline, row.inference, row.reference_inference, row.exchanged) == (5.0, 0.3, 0.1, 800)


def test_a_row_may_be_compared_with_source_only_of_another_network(processes):
    with References() as references:
        measured(small_run("--data.batch", "2"), references, 1, beside=small_run())
    assert [one.run.data.batch for one in processes.started] == [1, 2]


def test_both_processes_count_by_the_same_clock(processes):
    with References(processor_time=True) as references:
        row = measured(small_run("--method", "advent"), references, 1)
    assert [one.processor_time for one in processes.started] == [True, True]
    assert row.machine.endswith(", in processor time")
