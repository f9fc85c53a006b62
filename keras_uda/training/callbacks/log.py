"""Losses on the screen, in `metrics.jsonl` and in TensorBoard."""

import tensorflow as tf

from keras_uda.core.console import Progress
from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.stage import Stage
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import numbers

LOG_EVERY = 10


class Log(StepCallback):
    """Progress with the time left, `metrics.jsonl`, and TensorBoard scalars; means over the steps since the last line.

    TensorBoard's scalars are written anew from the log on a resume, so no step stands twice.

    Args:
        stage: that is trained.
        log: the stage's metrics log, already cut at `first_step`.
    """

    def __init__(self, first_step: int, stage: Stage, log: MetricsLog):
        super().__init__(first_step)
        self.stage, self.log = stage, log
        self._writer = tf.summary.create_file_writer(str(stage.run_folder / "tensorboard"))
        for line in log.lines:
            if line["stage"] == log.stage:
                self._scalars(line["step"], {k: v for k, v in line.items() if k not in ("stage", "step", "time")})

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._bar = Progress(self.stage.steps, f"{self.stage.name} ({self.stage.method})", self.first_step)
        self._bar.__enter__()

    def on_train_end(self, logs: dict | None = None) -> None:
        if hasattr(self, "_bar"):
            self._bar.__exit__()
        self._writer.close()

    def after_step(self, step: int, logs: dict) -> None:
        if step % LOG_EVERY and step != self.stage.steps:
            return
        values = numbers(logs)
        for metric in self.model.metrics:
            metric.reset_state()
        self.log.write(step, **values)
        self._scalars(step, values)
        self._bar.update(step, " ".join(f"{name} {value:.3g}" for name, value in values.items()))

    def _scalars(self, step: int, values: dict[str, float]) -> None:
        with self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(f"{self.log.stage}/{name}", value)
