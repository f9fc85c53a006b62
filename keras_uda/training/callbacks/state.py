"""The training state is saved every so many steps and at the end."""

from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.state import TrainingState


class SaveState(StepCallback):
    """Writes a generation every `every` steps and at the end of the stage."""

    def __init__(self, first_step: int, state: TrainingState, every: int, last_step: int):
        super().__init__(first_step)
        self.state, self.every, self.last_step = state, every, last_step

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every == 0 or step == self.last_step:
            self.state.save(step)
