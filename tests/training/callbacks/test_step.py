"""Callbacks count the steps of the stage, not those of this process."""

import numpy as np
import pytest

from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import is_checkpoint
from keras_uda.training.callbacks.step import numbers
from tests.stages import make_stage


def test_steps_go_on_where_the_process_before_stopped():
    class Noting(StepCallback):
        steps = ()

        def after_step(self, step, logs):
            self.steps += ((step, logs),)

    callback = Noting(20)
    callback.on_train_batch_end(0, {"loss": 1.0})
    callback.on_train_batch_end(1)
    assert callback.steps == ((21, {"loss": 1.0}), (22, {}))


@pytest.mark.parametrize(("step", "expected"), [(1, False), (10, True), (20, True), (25, True), (24, False)])
def test_a_checkpoint_is_every_so_many_steps_and_at_the_end(tmp_path, step, expected):
    assert is_checkpoint(make_stage(tmp_path, steps=25, checkpoint_every=10), step) == expected


def test_vectors_of_one_element_are_numbers():
    """As one of several workers reports them."""
    assert numbers({"a": np.array([2.0]), "b": np.float32(3), "c": 4}) == {"a": 2.0, "b": 3.0, "c": 4.0}
