"""A signal ends training after the running step, with its state saved."""

import os
import signal

import pytest

from keras_uda.core.errors import Interrupted
from keras_uda.training.callbacks.signals import StopOnSignal


class State:
    """Notes the steps that are saved."""

    def __init__(self):
        self.saved = []

    def save(self, step):
        self.saved.append(step)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_step_is_finished_and_saved(tmp_path, number, code):
    before = signal.getsignal(number)
    callback = StopOnSignal(0, State(), tmp_path)
    callback.on_train_begin()
    try:
        callback.after_step(1, {})
        os.kill(os.getpid(), number)
        with pytest.raises(Interrupted, match="at step 2") as stopped:
            callback.after_step(2, {})
    finally:
        callback.on_train_end()
    assert stopped.value.exit_code == code and callback.state.saved == [2]
    assert signal.getsignal(number) == before


def test_a_second_signal_stops_at_once(tmp_path, monkeypatch):
    codes = []
    monkeypatch.setattr("keras_uda.training.callbacks.signals.os._exit", codes.append)
    callback = StopOnSignal(0, State(), tmp_path)
    callback.on_train_begin()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        callback.on_train_end()
    assert codes == [143] and callback.state.saved == []


def test_a_callback_that_never_began_restores_nothing(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    StopOnSignal(0, State(), tmp_path).on_train_end()
    assert signal.getsignal(signal.SIGTERM) == before
