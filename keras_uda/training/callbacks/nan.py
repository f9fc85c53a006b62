"""Training that becomes NaN or infinite stops, and keeps the batch."""

import io
from pathlib import Path

import keras
import numpy as np

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import NumericsError
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import numbers


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
        stream = io.BytesIO()
        np.savez_compressed(stream, **{"_".join(path): value for path, value in parts})
        atomic_write(self.folder / f"step-{step}.npz", stream.getvalue())
        what = f"{', '.join(culprits)} not finite; no update was applied, the batch is in {self.folder}"
        raise NumericsError(f"step {step}", what, "Lower the learning rate or the loss weights and run again")
