"""One stage: prepare the data, one `fit`, save the segmenter; continued where the last generation stopped."""

import keras
import tensorflow as tf

from keras_uda.core.console import say
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.data.decoding import missing_file_error
from keras_uda.data.domains import Domains
from keras_uda.runs.folder import require_space
from keras_uda.runs.provenance import identity
from keras_uda.runs.provenance import segmenter_record
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import save_segmenter
from keras_uda.training.build import build_method
from keras_uda.training.build import class_weights
from keras_uda.training.build import copy_weights
from keras_uda.training.build import in_float32
from keras_uda.training.build import with_data_sizes
from keras_uda.training.build import with_source_measurements
from keras_uda.training.callbacks.candidates import KeepCandidate
from keras_uda.training.callbacks.collapse import Collapsed
from keras_uda.training.callbacks.collapse import report_collapse
from keras_uda.training.callbacks.order import stage_callbacks
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.preparation import prepare_stage
from keras_uda.training.preparation import teacher_segmenter
from keras_uda.training.stage_data import StageData
from keras_uda.training.stage_data import batches_of
from keras_uda.training.state import TrainingState
from keras_uda.training.translating import keep_translations
from keras_uda.training.workers import restore_together
from keras_uda.training.workers import worker_lost

PICTURED_FRAMES = 4


def train_stage(stage: Stage, domains: Domains, segmenter: keras.Model, regenerate: bool = False) -> str:
    """Trains `segmenter` and writes it into the folder of the stage.

    Returns:
        The hash over all state at the end.
    """
    measured = with_source_measurements(stage, domains)
    data = prepare_stage(stage, domains, segmenter, regenerate)
    if stage.number:  # a process that finds the earlier stages finished has drawn fewer random numbers
        keras.utils.set_random_seed(stage.run.seed + stage.number)
    teacher = teacher_segmenter(stage, segmenter)
    method = build_method(with_data_sizes(measured, data), segmenter, teacher)
    method.class_weights = class_weights(stage, domains)
    state = TrainingState(stage.folder / "state", method, identity(stage.run))
    done = restore_together(state)
    require_space(stage.run_folder.path, state.bytes())
    if not done:
        method.begin(data.target)
    steps = continue_fit(stage, method, state, data, domains, done) if done < stage.steps else done
    state_hash = state.hash()
    if stage.facts.translates:
        keep_translations(stage, method.translator, data.source, regenerate)
    record = segmenter_record(stage, steps, state_hash=state_hash)
    if method.result is not segmenter:
        copy_weights(method.result, segmenter)
    save_segmenter(in_float32(stage.run, segmenter), stage.folder, record)
    return state_hash


def continue_fit(
    stage: Stage, method: keras.Model, state: TrainingState, data: StageData, domains: Domains, done: int
) -> int:
    """The steps after the first `done`; returns the step that the weights are of at the end."""
    steps, batches = stage.steps - done, batches_of(stage, data)
    say(f"stage {stage.name}: {stage.method}, steps {done + 1} to {stage.steps}")
    callbacks = stage_callbacks(stage, state, data, batches, domains.pictures(PICTURED_FRAMES), done)
    if data.largest_share is not None:
        state.save(done)  # there is a healthy state to go back to from the first step on
    try:
        fit(method, batches(done, steps), steps, callbacks, data)
    except Collapsed as collapse:
        return restore_healthy(stage, method, state, callbacks, collapse)
    return stage.steps


def fit(
    method: keras.Model, batches: tf.data.Dataset, steps: int, callbacks: list[StepCallback], data: StageData
) -> None:
    """`method.fit`; a file that vanished meanwhile is named."""
    try:
        method.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=callbacks)
    except (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.DataLossError) as error:
        raise missing_file_error(data.source, data.target) or error from error
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
        raise worker_lost() or error from error
    except ConfigurationError as error:
        raise UsageError("configuration", error.what, error.remedy) from error
    finally:
        for callback in callbacks:
            callback.on_train_end()


def restore_healthy(
    stage: Stage, method: keras.Model, state: TrainingState, callbacks: list[StepCallback], collapse: Collapsed
) -> int:
    """The last healthy state comes back; without one, that of the last step stays. Returns its step."""
    if collapse.healthy is None:
        step = stage.steps
        state.save(step)
    else:
        step = state.restore_latest(collapse.healthy)
    report_collapse(stage, collapse, step)
    for callback in callbacks:
        if isinstance(callback, KeepCandidate):
            callback.keep(method.result, step)
    return step
