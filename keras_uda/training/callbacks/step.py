"""What the callbacks of a stage share: they act after optimiser steps, not after epochs."""

import keras
import numpy as np

from keras_uda.runs.stage import Stage


def numbers(logs: dict) -> dict[str, float]:
    """What a step reports, as numbers; one of several workers reports vectors of one element."""
    return {name: float(np.ravel(value)[0]) for name, value in logs.items()}


def is_checkpoint(stage: Stage, step: int) -> bool:
    """Whether the state of a stage is saved after a step."""
    return step % stage.run.checkpoint_every == 0 or step == stage.steps


class StepCallback(keras.callbacks.Callback):
    """A callback that knows the step of the stage: `first_step` were done before this `fit`."""

    def __init__(self, first_step: int):
        super().__init__()
        self.first_step = first_step

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.after_step(self.first_step + batch + 1, logs or {})

    def after_step(self, step: int, logs: dict) -> None:
        raise NotImplementedError
