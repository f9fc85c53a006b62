"""The callbacks of a stage, in the order in which they act after a step."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.provenance import segmenter_record
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import save_segmenter
from keras_uda.training.build import in_float32
from keras_uda.training.callbacks.candidates import KeepCandidate
from keras_uda.training.callbacks.coach import Coach
from keras_uda.training.callbacks.collapse import StopOnCollapse
from keras_uda.training.callbacks.log import Log
from keras_uda.training.callbacks.nan import StopOnNaN
from keras_uda.training.callbacks.pictures import MethodPictures
from keras_uda.training.callbacks.pictures import PredictionPictures
from keras_uda.training.callbacks.signals import StopOnSignal
from keras_uda.training.callbacks.state import SaveState
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.watchdog import Watchdog
from keras_uda.training.stage_data import Batches
from keras_uda.training.stage_data import StageData
from keras_uda.training.state import TrainingState

Pictures = tuple[np.ndarray, np.ndarray | None]  # uint8 (n, H, W, 3) frames, and labels (n, H, W) where there are any


def stage_callbacks(
    stage: Stage, state: TrainingState, data: StageData, batches: Batches, pictures: Pictures, done: int
) -> list[StepCallback]:
    """First what may refuse the step, then what records it, then what saves it and stops.

    Args:
        stage: that is trained.
        state: of it.
        data: that it trains on.
        batches: of the data.
        pictures: target frames that are shown with the prediction of the moment.
        done: steps that an earlier process did.
    """
    log = MetricsLog(stage.run_folder / "metrics.jsonl", stage.name, done)
    return [
        *collapse_watch(stage, state, data, done),
        StopOnNaN(done, stage.run_folder / "bad_batch", lambda step: first_of(batches(step - 1, 1))),
        *candidates_kept(stage, done),
        Log(done, stage, log),
        PredictionPictures(done, stage, *pictures),
        MethodPictures(done, stage, lambda: first_of(batches(0, 1))),
        Coach(done, stage, batches),
        SaveState(done, stage, state),
        StopOnSignal(done, state, stage.run_folder.path),
        Watchdog(done),
    ]


def first_of(batches: tf.data.Dataset) -> dict:
    return next(iter(batches))


def collapse_watch(stage: Stage, state: TrainingState, data: StageData, done: int) -> Iterator[StopOnCollapse]:
    """Where one class may swallow the map."""
    if data.largest_share is not None:
        yield StopOnCollapse(done, stage, state, data.target, data.largest_share)


def candidates_kept(stage: Stage, done: int) -> Iterator[KeepCandidate]:
    """In the last stage of a run that chooses its checkpoint afterwards."""

    def write(segmenter: keras.Model, step: int, place) -> None:
        save_segmenter(in_float32(stage.run, segmenter), place, segmenter_record(stage, step))

    if stage.is_last and stage.run_folder.record.get("select"):
        yield KeepCandidate(done, stage, write)
