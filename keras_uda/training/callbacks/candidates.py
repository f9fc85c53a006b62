"""The segmenter at every checkpoint of the last stage, kept when a checkpoint is to be chosen afterwards."""

import shutil
from collections.abc import Callable
from pathlib import Path

import keras

from keras_uda.core.errors import ArtefactError
from keras_uda.core.json_records import read_json
from keras_uda.runs.stage import SegmenterOrigin
from keras_uda.runs.stage import Stage
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import is_checkpoint

FOLDER = "candidates"
RECORD = "segmenter.json"


class KeepCandidate(StepCallback):
    """Writes the segmenter at every checkpoint; stands before what writes the state, so none is missing.

    Args:
        stage: to keep candidates of.
        write: function of (segmenter, step, folder to write weights and record into).
    """

    def __init__(self, first_step: int, stage: Stage, write: Callable[[keras.Model, int, Path], None]):
        super().__init__(first_step)
        self.stage, self.write = stage, write

    def after_step(self, step: int, logs: dict) -> None:
        if is_checkpoint(self.stage, step):
            self.keep(self.model.result, step)

    def keep(self, segmenter: keras.Model, step: int) -> None:
        """Writes the segmenter as that of `step`: the one reached, or the one that a collapsed stage went back to."""
        place = self.stage.folder / FOLDER / f"step-{step:08d}"
        shutil.rmtree(place, ignore_errors=True)  # of a process that was killed between two checkpoints
        self.write(segmenter, step, place)


def candidates(stage: Stage) -> dict[int, Path]:
    """Step -> folder of every kept segmenter of a stage, in order.

    Raises:
        ArtefactError: none was kept.
    """
    found = sorted((stage.folder / FOLDER).glob("step-*/" + RECORD))
    if not found:
        what = "no checkpoints were kept to choose from"
        raise ArtefactError(stage.folder, what, "Train with `train.py --select density`")
    records = {path: read_json(path, SegmenterOrigin, error=ArtefactError) for path in found}
    return {record["provenance"]["steps"]: path.parent for path, record in records.items()}
