"""Generations are written at checkpoints."""

from keras_uda.training.callbacks.state import SaveState
from tests.stages import make_stage
from tests.training.callbacks.test_signals import State


def test_a_generation_is_written_at_every_checkpoint_and_at_the_end(tmp_path):
    callback = SaveState(0, make_stage(tmp_path, steps=25, checkpoint_every=10), State())
    for step in range(1, 26):
        callback.after_step(step, {})
    assert callback.state.saved == [10, 20, 25]
