"""Losses are logged as means since the last line, none twice, none missing."""

import tensorflow as tf

from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.metrics_log import read_metrics
from keras_uda.training.callbacks.log import Log
from tests.stages import make_stage
from tests.toy import toy_method


def logging(folder, first_step: int = 0) -> Log:
    stage = make_stage(folder, steps=25)
    callback = Log(first_step, stage, MetricsLog(folder / "metrics.jsonl", stage.name, first_step))
    callback.set_model(toy_method("advent"))
    callback.on_train_begin()
    return callback


def test_a_line_is_written_every_ten_steps_and_at_the_end(tmp_path, capsys):
    callback = logging(tmp_path)
    tracker = callback.model.trackers["segmentation"]
    for step in range(1, 26):
        tracker.update_state(float(step))
        callback.after_step(step, {"segmentation": tracker.result()})
    callback.on_train_end()
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [(line["stage"], line["step"]) for line in lines] == [("adapt", 10), ("adapt", 20), ("adapt", 25)]
    assert [line["segmentation"] for line in lines] == [5.5, 15.5, 23.0]  # means over the steps since the line before
    assert "adapt (advent) 25/25" in capsys.readouterr().out


def scalars(folder) -> list[int]:
    """Steps of all scalars of the newest event file."""
    newest = max((folder / "tensorboard").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    events = tf.compat.v1.train.summary_iterator(str(newest))
    return [event.step for event in events if event.summary.value]


def test_a_resumed_run_drops_what_came_after_its_step(tmp_path):
    callback = logging(tmp_path)
    for step in (10, 20):
        callback.after_step(step, {"segmentation": float(step)})
    callback.on_train_end()
    resumed = logging(tmp_path, first_step=15)
    resumed.after_step(20, {"segmentation": 7.0})
    resumed.on_train_end()
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [(line["step"], line["segmentation"]) for line in lines] == [(10, 10.0), (20, 7.0)]
    assert scalars(tmp_path) == [10, 20]
