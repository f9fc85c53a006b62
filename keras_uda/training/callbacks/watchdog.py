"""A step that does not end is reported: a disk or a network drive may be silent, or another process."""

import threading

from keras_uda.core.console import duration
from keras_uda.core.console import warn
from keras_uda.training.callbacks.step import StepCallback

PATIENCE_SECONDS = 300.0


class Watchdog(StepCallback):
    """One warning when no step has ended for `PATIENCE_SECONDS`, the next after twice the time; it stops nothing."""

    def __init__(self, first_step: int):
        super().__init__(first_step)
        self.running, self._ended, self._over = first_step + 1, threading.Event(), threading.Event()

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._over.clear()
        threading.Thread(target=self._watch, daemon=True).start()

    def on_train_end(self, logs: dict | None = None) -> None:
        self._over.set()
        self._ended.set()

    def after_step(self, step: int, logs: dict) -> None:
        self.running = step + 1
        self._ended.set()

    def _watch(self) -> None:
        patience, waited = PATIENCE_SECONDS, 0.0
        while not self._over.is_set():
            self._ended.clear()
            if self._ended.wait(patience):
                patience, waited = PATIENCE_SECONDS, 0.0
                continue
            waited, patience = waited + patience, 2 * patience
            what = (
                f"step {self.running} has not ended for {duration(waited)}: a slow first step, or a disk that is silent"
            )
            warn(f"{what}. Ctrl-C twice ends it, and the same command continues")
