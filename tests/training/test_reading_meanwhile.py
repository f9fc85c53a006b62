"""Who reads a run while it is trained sees whole states and whole lines."""

import json
import threading

import pytest

from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.metrics_log import read_metrics
from keras_uda.training.state import TrainingState
from tests.training.test_state import method


@pytest.mark.slow
@pytest.mark.ci
def test_a_reader_never_sees_half_a_generation(tmp_path):
    writer, reader = TrainingState(tmp_path, method(), {}), TrainingState(tmp_path, method(), {})
    writer.save(0)
    read, over = [], threading.Event()

    def read_on():
        while not over.is_set():
            read.append(reader.restore_latest())

    thread = threading.Thread(target=read_on)
    thread.start()
    for step in range(1, 101):
        writer.save(step)
    over.set()
    thread.join()
    assert read == sorted(read) and len(set(read)) > 3 and reader.restore_latest() == 100


def test_a_reader_sees_whole_lines(tmp_path, capsys):
    log, over = MetricsLog(tmp_path / "metrics.jsonl", "adapt", 0), threading.Event()

    def write():
        for step in range(500):
            log.write(step, loss=0.125)
        over.set()

    threading.Thread(target=write).start()
    counts = []
    while not over.is_set():
        counts.append(len(read_metrics(tmp_path / "metrics.jsonl")))
    assert counts == sorted(counts) and len(read_metrics(tmp_path / "metrics.jsonl")) == 500
    assert capsys.readouterr().err == ""
    assert json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[-1])["step"] == 499
