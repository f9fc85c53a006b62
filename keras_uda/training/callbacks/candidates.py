"""The segmenter at every checkpoint of the last stage, kept when a checkpoint is to be chosen afterwards."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import keras

from keras_uda.core.errors import ArtefactError
from keras_uda.training.callbacks.step import StepCallback

FOLDER = "candidates"
RECORD = "segmenter.json"


class KeepCandidate(StepCallback):
    """Writes the segmenter every `every` steps and at the end; stands before what writes the state, so none is missing.

    Args:
        folder: of the stage.
        last_step: of the stage.
        every: steps between two checkpoints.
        write: function of (segmenter, step, folder to write weights and record into).
    """

    def __init__(self, first_step: int, folder: Path, last_step: int, every: int, write: Callable):
        super().__init__(first_step)
        self.folder, self.last_step, self.every, self.write = folder, last_step, every, write

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every == 0 or step == self.last_step:
            self.keep(self.model.segmenter, step)

    def keep(self, segmenter: keras.Model, step: int) -> None:
        """Writes the segmenter as that of `step`: the one reached, or the one that a collapsed stage went back to."""
        place = self.folder / FOLDER / f"step-{step:08d}"
        shutil.rmtree(place, ignore_errors=True)  # of a process that was killed between two checkpoints
        self.write(segmenter, step, place)


def candidates(stage: Path) -> dict[int, Path]:
    """Step -> folder of every kept segmenter of a stage, in order.

    Raises:
        ArtefactError: none was kept.
    """
    found = sorted((stage / FOLDER).glob("step-*/" + RECORD))
    if not found:
        raise ArtefactError(stage, "no checkpoint was kept to choose from", "Train with `train.py --select density`")
    return {json.loads(path.read_text())["provenance"]["steps"]: path.parent for path in found}
