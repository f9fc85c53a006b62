"""A signal ends training after the step that runs, with its state saved."""

import os
import signal
from pathlib import Path

from keras_uda.core.errors import Interrupted
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.state import TrainingState


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
