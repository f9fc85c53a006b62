"""Runs the stages of a configuration one after the other, and resumes anywhere.

A stage is: prepare the data, one `fit`, save the segmenter. Files and weights pass on.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from keras_uda.config.method_spec import argument_of
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import StageConfig
from keras_uda.core.console import say
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.data.decoding import vanished
from keras_uda.data.domains import Domains
from keras_uda.data.pipeline import training_batches
from keras_uda.data.source_statistics import source_ratios
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import require_space
from keras_uda.runs.metrics_log import MetricsLog
from keras_uda.runs.provenance import identity
from keras_uda.runs.provenance import read_stage
from keras_uda.runs.provenance import segmenter_record
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import read_record
from keras_uda.training.build import build_method
from keras_uda.training.build import copy_weights
from keras_uda.training.build import counted
from keras_uda.training.build import in_float32
from keras_uda.training.build import initial_segmenter
from keras_uda.training.build import measured
from keras_uda.training.callbacks.candidates import KeepCandidate
from keras_uda.training.callbacks.coach import Coach
from keras_uda.training.callbacks.coach import tell_unlabelled
from keras_uda.training.callbacks.collapse import Collapsed
from keras_uda.training.callbacks.collapse import StopOnCollapse
from keras_uda.training.callbacks.collapse import tell
from keras_uda.training.callbacks.log import Log
from keras_uda.training.callbacks.nan import StopOnNaN
from keras_uda.training.callbacks.pictures import MethodPictures
from keras_uda.training.callbacks.pictures import PredictionPictures
from keras_uda.training.callbacks.signals import StopOnSignal
from keras_uda.training.callbacks.state import SaveState
from keras_uda.training.stage_data import StageData
from keras_uda.training.stage_data import with_pseudo_labels
from keras_uda.training.state import TrainingState
from keras_uda.weak_labels.files import write_weak_labels
from keras_uda.weak_labels.join import with_weak_labels

PICTURED_FRAMES = 4


def run_stages(
    run: RunConfig, folder: RunFolder, domains: Domains, regenerate: bool = False
) -> tuple[keras.Model, str]:
    """Trains all stages that are not finished yet.

    Args:
        run: the resolved configuration.
        folder: claimed by this process.
        domains: the prepared data.
        regenerate: make pseudo-labels that were changed again, instead of refusing them.
    Returns:
        The float32 segmenter of the last stage, and the hash over all state at its end.
    """
    for stage in run.stages.values():
        if stage.weights not in (None, "imagenet", "none"):
            read_record(Path(stage.weights))  # told now, not when the stages before it are trained
    segmenter = initial_segmenter(run)
    state_hash = ""
    for number, (name, stage) in enumerate(run.stages.items()):
        place = folder.stage(number, name)
        finished = read_stage(place)
        if finished:
            copy_weights(load_segmenter(place)[0], segmenter)
            state_hash = finished["state_hash"]
            continue
        if stage.start == "initial" and number:
            segmenter = initial_segmenter(run, stage.weights)
        state_hash = run_stage(run, folder, domains, number, segmenter, regenerate)
    return in_float32(run, segmenter), state_hash


def run_stage(
    run: RunConfig, folder: RunFolder, domains: Domains, number: int, segmenter: keras.Model, regenerate: bool = False
) -> str:
    """One `fit`, continued where the last generation stopped. Returns the hash over all state at its end."""
    name, stage = list(run.stages.items())[number]
    place, stage = folder.stage(number, name), measured(stage, domains)
    data = stage_data(run, folder, domains, number, segmenter, regenerate)
    if number:  # a process that finds the earlier stages finished has drawn fewer random numbers
        keras.utils.set_random_seed(run.seed + number)
    stage = counted(stage, data, run.data)
    method = build_method(run, stage, segmenter, taught_by(run, folder, number, segmenter))
    state = TrainingState(place / "state", method, identity(run))
    done = state.restore_latest()
    require_space(folder.path, state.bytes())
    if not done:
        method.begin(data.target)
    tell_unlabelled(folder.path, name, data.unlabelled)
    batches = batches_of(run, data, sum(one.steps for one in list(run.stages.values())[:number]))
    reached = stage.steps
    if done < stage.steps:
        say(f"stage {name}: {stage.method}, steps {done + 1} to {stage.steps}")
        watchers = stage_callbacks(run, folder, domains, number, stage, state, done, batches)
        share = largest_share(stage, data, domains)
        if share is not None:
            state.save(done)  # there is a healthy state to fall back to from the first step on
            looks = done, stage.steps, run.checkpoint_every, data.target, run.data.classes, share
            watchers.insert(0, StopOnCollapse(*looks, state, starts_trained(run, number)))
        try:
            fit(method, batches(done, stage.steps - done), stage.steps - done, watchers, domains.of(stage.method))
        except Collapsed as collapse:
            reached = fall_back(state, collapse, stage.steps)
            tell(folder.path, name, collapse, reached)
            for keeper in (watcher for watcher in watchers if isinstance(watcher, KeepCandidate)):
                keeper.keep(segmenter, reached)
    result = state.hash()
    record = segmenter_record(run, folder, {"stage": name, "steps": reached, "state_hash": result})
    save_segmenter(in_float32(run, segmenter), place, record)
    return result


def fall_back(state: TrainingState, collapse: Collapsed, last_step: int) -> int:
    """The last healthy state comes back; without one, that of the last step stays. Returns its step."""
    if collapse.healthy is not None:
        return state.restore_latest(collapse.healthy)
    state.save(last_step)
    return last_step


def largest_share(stage: StageConfig, data: StageData, domains: Domains) -> float | None:
    """The share of the pixels that one class may well take; None for a method that no class swallows the map of."""
    if data.largest_share is None and resolve(EVERY_METHOD, stage.method, "methods").may_collapse:
        return max(source_ratios(domains.source, len(domains.data.classes)))
    return data.largest_share


def starts_trained(run: RunConfig, number: int) -> bool:
    """Whether a stage starts from a segmenter that was trained for the task, in a stage before or in another run."""
    stage = list(run.stages.values())[number]
    follows = number > 0 and stage.start == "previous"
    return follows or (stage.weights is None and run.segmenter.weights not in ("imagenet", "none"))


def fit(method: keras.Model, batches: tf.data.Dataset, steps: int, watchers: list, domains: tuple) -> None:
    """`method.fit`; a file that vanished meanwhile is named."""
    try:
        method.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=watchers)
    except (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.DataLossError) as error:
        raise vanished(*domains) or error from error
    except ConfigurationError as error:
        raise UsageError("configuration", error.what, error.remedy) from error
    finally:
        for watcher in watchers:
            watcher.on_train_end()


def batches_of(run: RunConfig, data: StageData, before: int) -> Callable[[int, int], tf.data.Dataset]:
    """(first step, steps) -> batches of a stage; `before` steps were done in earlier stages, whose order goes on."""
    options = {"batch": run.data.batch, "seed": run.seed, "mine": data.mine}
    options |= {"flip": run.data.flip, "zoom": run.data.zoom, "jitter": run.data.jitter}

    def batches(first_step: int, steps: int) -> tf.data.Dataset:
        return training_batches(data.source, data.target, first_step=before + first_step, steps=steps, **options)

    return batches


def stage_data(
    run: RunConfig, folder: RunFolder, domains: Domains, number: int, segmenter: keras.Model, regenerate: bool
) -> StageData:
    """What a stage trains on: weak labels or pseudo-labels stand beside the target images, and in the run folder."""
    name, stage = list(run.stages.items())[number]
    source, target = domains.of(stage.method)
    weak = weak_mode(run, stage)
    if weak != "pseudo":
        target, labels = with_weak_labels(target, run.data, domains.ledger, run.seed, weak)
        write_weak_labels(folder / "weak_labels.csv", labels)
    if stage.pseudo_labels is None:
        return StageData(source, target)
    labeller = teacher_of(run, folder, number, segmenter, stage.pseudo_labels.labelled_by)
    place = folder.stage(number, name)
    return with_pseudo_labels(run, stage.pseudo_labels, place, source, target, labeller, regenerate)


def weak_mode(run: RunConfig, stage: StageConfig) -> str:
    """Where the weak labels of a stage come from; `pseudo`, for methods that read none too: from no target label."""
    return argument_of(stage, "weak") or "pseudo"


def taught_by(run: RunConfig, folder: RunFolder, number: int, segmenter: keras.Model) -> keras.Model | None:
    """The segmenter that a stage learns from besides the labels; None for most methods."""
    kind = resolve(EVERY_METHOD, list(run.stages.values())[number].method, "methods")
    return teacher_of(run, folder, number, segmenter) if kind.has_teacher else None


def teacher_of(
    run: RunConfig, folder: RunFolder, number: int, segmenter: keras.Model, named: str | None = None
) -> keras.Model:
    """The float32 segmenter of the stage that is named here, that `teacher` names, or of the stage before."""
    names = list(run.stages)
    if number == 0:
        return in_float32(run, segmenter)
    name = named or run.stages[names[number]].teacher or names[number - 1]
    return load_segmenter(folder.stage(names.index(name), name))[0]


def stage_callbacks(run, folder, domains, number: int, stage, state, done, batches: Callable) -> list:
    """In the order in which they act after a step: check, log, save, stop."""
    name, trained = list(run.stages)[number], starts_trained(run, number)
    log = MetricsLog(folder / "metrics.jsonl", name, done)
    board = folder / "tensorboard"
    images, labels = domains.pictures(PICTURED_FRAMES)
    every = max(run.checkpoint_every, stage.steps // 10)
    watchers = [
        StopOnNaN(done, folder / "bad_batch", lambda step: next(iter(batches(step - 1, 1)))),
        Log(done, stage.steps, log, board, f"{name} ({stage.method})"),
        PredictionPictures(done, board, images, labels, run.data.classes, every, name),
        MethodPictures(done, stage.steps, folder.path, name, every, lambda: next(iter(batches(0, 1)))),
        Coach(done, stage.steps, folder.path, name, run.data.classes, batches, trained),
        SaveState(done, state, run.checkpoint_every, stage.steps),
        StopOnSignal(done, state, folder.path),
    ]
    if folder.record.get("select") and name == list(run.stages)[-1]:

        def write(segmenter: keras.Model, step: int, place: Path) -> None:
            record = segmenter_record(run, folder, {"stage": name, "steps": step})
            save_segmenter(in_float32(run, segmenter), place, record)

        place = folder.stage(len(run.stages) - 1, name)
        watchers.insert(1, KeepCandidate(done, place, stage.steps, run.checkpoint_every, write))
    return watchers
