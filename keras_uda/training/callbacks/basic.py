"""What happens between steps: saving, logging, pictures, and stopping on a signal or on NaN.

A stage is one `fit` of one epoch; everything goes by the step, so that a run can stop and continue at any step.
"""

import json
import os
import signal
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_uda.core.console import Progress
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import NumericsError
from keras_uda.core.files import atomic_write
from keras_uda.report.figures import figure_to_image
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import picture_grid
from keras_uda.report.figures import prediction_strip
from keras_uda.runs.folder import MetricsLog
from keras_uda.training.state import TrainingState

LOG_EVERY = 10


def numbers(logs: dict) -> dict[str, float]:
    """What a step reports, as numbers; one of several workers reports vectors of one element."""
    return {name: float(np.ravel(value)[0]) for name, value in logs.items()}


class StepCallback(keras.callbacks.Callback):
    """A callback that knows the step of the stage: `first_step` were done before this `fit`."""

    def __init__(self, first_step: int):
        super().__init__()
        self.first_step = first_step

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.after_step(self.first_step + batch + 1, logs or {})

    def after_step(self, step: int, logs: dict) -> None:
        raise NotImplementedError


class StopOnNaN(StepCallback):
    """Stops before anything is saved when a loss or a gradient was not finite; the update was not applied."""

    def __init__(self, first_step: int, folder: Path, batch_of_step):
        super().__init__(first_step)
        self.folder, self.batch_of_step = folder, batch_of_step

    def after_step(self, step: int, logs: dict) -> None:
        if bool(keras.ops.convert_to_numpy(self.model.finite)):
            return
        losses = numbers(logs)
        culprits = [name for name, value in losses.items() if not np.isfinite(value)] or ["a gradient"]
        self.folder.mkdir(parents=True, exist_ok=True)
        parts = keras.tree.flatten_with_path(self.batch_of_step(step))
        np.savez_compressed(self.folder / f"step-{step}.npz", **{"_".join(path): value for path, value in parts})
        what = f"{', '.join(culprits)} not finite; no update was applied, the batch is in {self.folder}"
        raise NumericsError(f"step {step}", what, "Lower the learning rate or the loss weights and run again")


class SaveState(StepCallback):
    """Writes a generation every `every` steps and at the end of the stage."""

    def __init__(self, first_step: int, state: TrainingState, every: int, last_step: int):
        super().__init__(first_step)
        self.state, self.every, self.last_step = state, every, last_step

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every == 0 or step == self.last_step:
            self.state.save(step)


class StopOnSignal(StepCallback):
    """SIGTERM and SIGINT: checkpoint after the running step, then stop; a second signal stops at once."""

    def __init__(self, first_step: int, state: TrainingState, folder: Path):
        super().__init__(first_step)
        self.state, self.folder, self.received = state, folder, 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._before = {number: signal.signal(number, self._handle) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_train_end(self, logs: dict | None = None) -> None:
        self.restore_handlers()

    def restore_handlers(self) -> None:
        for number, handler in getattr(self, "_before", {}).items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        if self.received:
            os._exit(128 + number)
        self.received = number

    def after_step(self, step: int, logs: dict) -> None:
        if self.received:
            self.state.save(step)
            self.restore_handlers()
            remedy = "Run the same command again to continue"
            raise Interrupted(self.received, f"{self.folder} at step {step}", remedy)


class Log(StepCallback):
    """Progress with the time left, `metrics.jsonl`, and TensorBoard scalars; means over the steps since the last line.

    Args:
        log: the stage's metrics log, already cut at `first_step`.
        tensorboard: folder; its scalars are written anew from the log on a resume, so no step stands twice.
    """

    def __init__(self, first_step: int, last_step: int, log: MetricsLog, tensorboard: Path, description: str):
        super().__init__(first_step)
        self.last_step, self.log, self.description = last_step, log, description
        self._writer = tf.summary.create_file_writer(str(tensorboard))
        for line in log.lines:
            if line["stage"] == log.stage:
                self._scalars(line["step"], {k: v for k, v in line.items() if k not in ("stage", "step", "time")})

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._bar = Progress(self.last_step, self.description, self.first_step)
        self._bar.__enter__()

    def on_train_end(self, logs: dict | None = None) -> None:
        if hasattr(self, "_bar"):
            self._bar.__exit__()
        self._writer.close()

    def after_step(self, step: int, logs: dict) -> None:
        if step % LOG_EVERY and step != self.last_step:
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


class PredictionPictures(StepCallback):
    """The same target frames with the prediction of the moment, in TensorBoard, every `every` steps."""

    def __init__(self, first_step: int, tensorboard: Path, images: np.ndarray, labels, classes, every: int, stage: str):
        super().__init__(first_step)
        self.images, self.labels, self.classes, self.every, self.stage = images, labels, classes, every, stage
        self._writer = tf.summary.create_file_writer(str(tensorboard), filename_suffix=".pictures")

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every:
            return
        logits = self.model.segmenter(tf.cast(self.images, "float32"), training=False)["logits"]
        logits = tf.compat.v1.image.resize_bilinear(logits, self.images.shape[1:3], align_corners=True)
        predictions = {"prediction": tf.argmax(logits, -1).numpy().astype("uint8")}
        figure = prediction_strip(self.images, self.labels, predictions, self.classes)
        with self._writer.as_default(step):
            tf.summary.image(f"{self.stage}/predictions", figure_to_image(figure)[None])
        self._writer.flush()


class MethodPictures(StepCallback):
    """What a method shows of one batch (`method.pictures`): in TensorBoard and in `pictures/` of the run folder.

    Args:
        last_step: of the stage.
        folder: of the run.
        stage: its name.
        every: steps between two looks.
        batch: function that gives the batch; asked for at the first look.
    """

    def __init__(self, first_step: int, last_step: int, folder: Path, stage: str, every: int, batch):
        super().__init__(first_step)
        self.last_step, self.folder, self.stage, self.every, self.batch = last_step, folder, stage, every, batch

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every and step != self.last_step:
            return
        pictures = self.model.pictures(self.batch())
        if not pictures:
            self.every = self.last_step + 1
            return
        writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"), filename_suffix=".method")
        with writer.as_default(step):
            for name, images in pictures.items():
                tf.summary.image(f"{self.stage}/{name}", images, max_outputs=len(images))
        writer.close()
        self.keep(step, pictures)

    def keep(self, step: int, pictures: dict) -> None:
        """One picture of the latest look, with its caption, for the report."""
        place = self.folder / "pictures"
        place.mkdir(exist_ok=True)
        name, captions = f"{self.stage}_{type(self.model).__name__.lower()}.png", place / "captions.json"
        atomic_write(place / name, figure_to_png(picture_grid(pictures)))
        known = json.loads(captions.read_text()) if captions.exists() else {}
        text = f"{self.model.caption} Stage {self.stage}, step {step}."
        atomic_write(captions, json.dumps(known | {name: text}, indent=1))
