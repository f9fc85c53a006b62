"""The training state is saved every so many steps and at the end."""

from keras_uda.runs.stage import Stage
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import is_checkpoint
from keras_uda.training.state import TrainingState


class SaveState(StepCallback):
    """Writes a generation at every checkpoint."""

    def __init__(self, first_step: int, stage: Stage, state: TrainingState):
        super().__init__(first_step)
        self.stage, self.state = stage, state

    def after_step(self, step: int, logs: dict) -> None:
        if is_checkpoint(self.stage, step):
            self.state.save(step)
