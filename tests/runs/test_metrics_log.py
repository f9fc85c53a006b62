"""The log of a run is read whatever a kill or a disk did to it, and a resumed run has every step once."""

import json
import os

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.metrics_log import read_metrics

GOOD = {"stage": "adapt", "step": 10}
DAMAGED = [
    "[1]",
    "3",
    '{"step": 20}',
    '{"stage": "adapt", "step": "20"}',
    '{"stage": "adapt", "step": -1}',
    '{"stage": "adapt", "step": 1.5}',
    '{"stage": ["adapt"], "step": 20}',
    '{"stage": "adapt", "step": 20, "time": "long"}',
    '{"stage": "adapt", "step": 20, "time": NaN}',
    '{"stage": "adapt", "step": 20, "loss": "high"}',
    '{"stage": "adapt", "step": 20, "loss": [1]}',
    '{"stage": "adapt", "step": 20, "loss": true}',
    "[" * 100_000,
    '{"stage": "adapt", "st',
]


def test_damaged_lines_of_a_log_are_dropped_and_counted(tmp_path, capsys):
    log = tmp_path / "metrics.jsonl"
    log.write_bytes(json.dumps(GOOD).encode() + b"\n\xff\x00\n" + "\n".join(DAMAGED).encode())
    assert read_metrics(log) == [GOOD]
    assert f"metrics.jsonl: damaged lines were dropped: {len(DAMAGED) + 1}" in capsys.readouterr().err
    assert read_metrics(tmp_path / "none") == []


def test_values_that_are_no_numbers_are_kept_as_such(tmp_path):
    (tmp_path / "a").write_text('{"stage": "adapt", "step": 10, "loss": NaN, "other": 3}\n')
    (line,) = read_metrics(tmp_path / "a")
    assert line["loss"] != line["loss"] and line["other"] == 3


def test_a_pipe_in_place_of_a_log_ends_at_once(tmp_path):
    os.mkfifo(tmp_path / "metrics.jsonl")
    with pytest.raises(ArtefactError, match="a pipe"):
        MetricsLog(tmp_path / "metrics.jsonl", "adapt", 0)


def test_a_resumed_run_has_every_step_once_and_time_goes_on(tmp_path):
    """Killed after step 30 was logged, when the last checkpoint was of step 20."""
    path = tmp_path / "metrics.jsonl"
    first = MetricsLog(path, "adapt", 0)
    for step in (10, 20, 30):
        first.write(step, loss=step / 10)
    with path.open("a") as stream:
        stream.write('{"stage": "adapt", "step": 40, "lo')
    resumed = MetricsLog(path, "adapt", 20)
    resumed.seconds_before += 100
    for step in (30, 40):
        resumed.write(step, loss=step / 10)
    lines = read_metrics(path)
    assert [(line["step"], line["loss"]) for line in lines] == [(10, 1.0), (20, 2.0), (30, 3.0), (40, 4.0)]
    times = [line["time"] for line in lines]
    assert times == sorted(times) and times[2] >= 100
