"""The record of a run says how far it is."""

from types import SimpleNamespace

import pytest

from keras_uda.config.stored import read_run_config
from keras_uda.runs import life_cycle
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.life_cycle import recorded
from tests.stages import make_stage


@pytest.fixture
def clock(monkeypatch):
    """The clock of the day is set back by a day in the first run; the other one only goes on."""
    day, running = iter([100.0, 200.0 - 86400]), iter([5.0, 12.0, 30.0, 33.0])
    clocks = SimpleNamespace(time=lambda: next(day), monotonic=lambda: next(running))
    monkeypatch.setattr(life_cycle, "time", clocks)


def test_a_run_is_running_and_then_finished(tmp_path, clock):
    run, folder = make_stage(tmp_path, "minent").run, RunFolder(tmp_path)
    with recorded(folder, run, select="density"):
        assert folder.record["status"] == "running" and not folder.finished
        assert read_run_config(tmp_path).stages == run.stages
    record = folder.record
    assert folder.finished and (record["method"], record["seed"], record["select"]) == (run.method, 0, "density")
    assert (record["started"], record["seconds"]) == (100.0, 7.0) and {"versions", "git_commit", "weak"} <= set(record)


def test_seconds_of_all_processes_count_and_the_start_is_the_first(tmp_path, clock):
    run, folder = make_stage(tmp_path).run, RunFolder(tmp_path)
    for _ in range(2):
        with recorded(folder, run):
            pass
    assert (folder.record["started"], folder.record["seconds"]) == (100.0, 10.0)


def test_a_run_that_fails_is_not_finished(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.claimed(), pytest.raises(RuntimeError), recorded(folder, make_stage(tmp_path).run):
        raise RuntimeError
    assert folder.record["status"] == "running" and "seconds" not in folder.record
