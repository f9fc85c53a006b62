"""Runs the stages of a configuration one after the other, and resumes anywhere.

A stage is: prepare the data, one `fit`, save the segmenter. Files and weights pass on.
"""

import dataclasses
import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_uda import callbacks
from keras_uda.candidates import KeepCandidate
from keras_uda.coach import Coach
from keras_uda.collapse import Collapsed
from keras_uda.collapse import StopOnCollapse
from keras_uda.collapse import tell
from keras_uda.config import EVERY_METHOD
from keras_uda.config import RunConfig
from keras_uda.config import StageConfig
from keras_uda.config import resolve
from keras_uda.console import say
from keras_uda.data.decoding import vanished
from keras_uda.data.pairs import training_batches
from keras_uda.data.prepared import Domains
from keras_uda.data.source_statistics import source_ratios
from keras_uda.data.source_statistics import source_sizes
from keras_uda.data.weak_label_files import write_weak_labels
from keras_uda.data.weak_preparation import source_areas
from keras_uda.data.weak_preparation import with_weak_labels
from keras_uda.errors import UsageError
from keras_uda.optimizers import build_optimizer
from keras_uda.parsing import to_dict
from keras_uda.preparation import StageData
from keras_uda.preparation import with_pseudo_labels
from keras_uda.run_folder import MetricsLog
from keras_uda.run_folder import RunFolder
from keras_uda.run_folder import require_space
from keras_uda.run_folder import versions
from keras_uda.runtime import precisions
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.record import make_record
from keras_uda.signatures import method_arguments
from keras_uda.state import TrainingState

PICTURED_FRAMES = 4
# Arguments that a method may want measured on the source labels: name -> function of (source, number of classes).
MEASUREMENTS = {"source_areas": source_areas, "source_ratios": source_ratios, "source_sizes": source_sizes}


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
            segmenter = initial_segmenter(run)
        state_hash = run_stage(run, folder, domains, number, segmenter, regenerate)
    return in_float32(run, segmenter), state_hash


def initial_segmenter(run: RunConfig) -> keras.Model:
    """The segmenter that every method of one seed starts from."""
    keras.utils.set_random_seed(run.seed)
    return build_segmenter(run.segmenter, len(run.data.classes), precisions(run)[0])


def build_method(
    run: RunConfig, stage: StageConfig, segmenter: keras.Model, teacher: keras.Model | None = None
) -> keras.Model:
    """The compiled method of a stage; `teacher` is for those that learn from another segmenter."""
    arguments, known = dict(stage.arguments), method_arguments(stage.method)
    if "policy" in known:
        arguments.setdefault("policy", precisions(run)[1])
    if "total_steps" in known:
        arguments.setdefault("total_steps", stage.steps)
    if "weak" in known and run.weak is not None:
        arguments["weak"] = run.weak
    try:
        kind = resolve(EVERY_METHOD, stage.method, "methods")
        method = kind(segmenter, *([teacher] if kind.has_teacher else []), **arguments)
    except ValueError as error:
        what, _, remedy = str(error).rstrip(".").partition(". ")
        raise UsageError(stage.method, what, remedy or "See docs/methods") from error
    configs = {**run.optimizers, **stage.optimizers}
    missing = sorted(set(method.trains) - set(configs))
    if missing:
        what = f"{stage.method} trains {', '.join(missing)} too, but there is no optimiser for it"
        raise UsageError("optimizers", what, f"Add `{missing[0]}:` under `optimizers:`")
    method.compile({part: build_optimizer(configs[part], stage.steps, segmenter) for part in method.trains})
    return method


def run_stage(
    run: RunConfig, folder: RunFolder, domains: Domains, number: int, segmenter: keras.Model, regenerate: bool = False
) -> str:
    """One `fit`, continued where the last generation stopped. Returns the hash over all state at its end."""
    name, stage = list(run.stages.items())[number]
    place, stage = folder.stage(number, name), measured(stage, domains)
    data = stage_data(run, folder, domains, number, segmenter, regenerate)
    if number:  # a process that finds the earlier stages finished has drawn fewer random numbers
        keras.utils.set_random_seed(run.seed + number)
    stage = counted(stage, data, run.data.batch)
    method = build_method(run, stage, segmenter, taught_by(run, folder, number, segmenter))
    state = TrainingState(place / "state", method, identity(run))
    done = state.restore_latest()
    require_space(folder.path, state.bytes())
    if not done:
        method.begin(data.target)
    batches = batches_of(run, data, sum(one.steps for one in list(run.stages.values())[:number]))
    if done < stage.steps:
        say(f"stage {name}: {stage.method}, steps {done + 1} to {stage.steps}")
        watchers = stage_callbacks(run, folder, domains, name, stage, state, done, batches)
        if data.largest_share is not None:
            state.save(done)  # there is a healthy state to fall back to from the first step on
            looks = done, stage.steps, run.checkpoint_every, data.target, run.data.classes, data.largest_share
            watchers.insert(0, StopOnCollapse(*looks))
        try:
            fit(method, batches(done, stage.steps - done), stage.steps - done, watchers, domains.of(stage.method))
        except Collapsed as collapse:
            tell(folder.path, name, collapse, state.restore_latest())
    result = state.hash()
    record = segmenter_record(run, folder, {"stage": name, "steps": stage.steps, "state_hash": result})
    save_segmenter(in_float32(run, segmenter), place, record)
    return result


def fit(method: keras.Model, batches: tf.data.Dataset, steps: int, watchers: list, domains: tuple) -> None:
    """`method.fit`; a file that vanished meanwhile is named."""
    try:
        method.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=watchers)
    except (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.DataLossError) as error:
        raise vanished(*domains) or error from error
    except ValueError as error:  # of a method or a part: what it was given cannot be meant
        message = re.search(r"\x1b\[1m(.*?)\x1b\[0m", str(error), re.DOTALL)  # how Keras sets it among its own words
        what, _, remedy = (message[1] if message else str(error)).strip().partition(". ")
        raise UsageError("configuration", what, remedy or "Look at the arguments of the stage") from error
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


def measured(stage: StageConfig, domains: Domains) -> StageConfig:
    """The stage with the arguments that its method wants measured, where the configuration leaves them open."""
    wanted = resolve(EVERY_METHOD, stage.method, "methods").measures(stage.arguments)
    classes = len(domains.data.classes)
    found = {name: MEASUREMENTS[name](domains.source, classes) for name in wanted if name not in stage.arguments}
    return dataclasses.replace(stage, arguments={**stage.arguments, **found})


def counted(stage: StageConfig, data: StageData, batch: int) -> StageConfig:
    """The stage with the sizes of its data, for a method that wants to know them."""
    sizes = {"labelled_images": data.source, "unlabelled_images": data.target}
    found = {name: len(domain) for name, domain in sizes.items() if domain is not None} | {"batch": batch}
    known = method_arguments(stage.method)
    return dataclasses.replace(stage, arguments={n: v for n, v in found.items() if n in known} | stage.arguments)


def stage_data(
    run: RunConfig, folder: RunFolder, domains: Domains, number: int, segmenter: keras.Model, regenerate: bool
) -> StageData:
    """What a stage trains on: weak labels or pseudo-labels stand beside the target images, and in the run folder."""
    name, stage = list(run.stages.items())[number]
    source, target = domains.of(stage.method)
    weak = run.weak or stage.arguments.get("weak", "pseudo")
    if "weak" in method_arguments(stage.method) and weak != "pseudo":
        target, labels = with_weak_labels(target, run.data, domains.ledger, run.seed)
        write_weak_labels(folder / "weak_labels.csv", labels)
    if stage.pseudo_labels is None:
        return StageData(source, target)
    teacher = teacher_of(run, folder, number, segmenter)
    place = folder.stage(number, name)
    return with_pseudo_labels(run, stage.pseudo_labels, place, source, target, teacher, regenerate)


def taught_by(run: RunConfig, folder: RunFolder, number: int, segmenter: keras.Model) -> keras.Model | None:
    """The segmenter that a stage learns from besides the labels; None for most methods."""
    kind = resolve(EVERY_METHOD, list(run.stages.values())[number].method, "methods")
    return teacher_of(run, folder, number, segmenter) if kind.has_teacher else None


def teacher_of(run: RunConfig, folder: RunFolder, number: int, segmenter: keras.Model) -> keras.Model:
    """The float32 segmenter of the stage that `teacher` names, or of the stage before."""
    names = list(run.stages)
    if number == 0:
        return in_float32(run, segmenter)
    name = run.stages[names[number]].teacher or names[number - 1]
    return load_segmenter(folder.stage(names.index(name), name))[0]


def stage_callbacks(run, folder, domains, name, stage, state, done, batches: Callable) -> list:
    """In the order in which they act after a step: check, log, save, stop."""
    log = MetricsLog(folder / "metrics.jsonl", name, done)
    board = folder / "tensorboard"
    images, labels = domains.pictures(PICTURED_FRAMES)
    every = max(run.checkpoint_every, stage.steps // 10)
    watchers = [
        callbacks.StopOnNaN(done, folder / "bad_batch", lambda step: next(iter(batches(step - 1, 1)))),
        callbacks.Log(done, stage.steps, log, board, f"{name} ({stage.method})"),
        callbacks.PredictionPictures(done, board, images, labels, run.data.classes, every, name),
        callbacks.MethodPictures(done, stage.steps, folder.path, name, every, lambda: next(iter(batches(0, 1)))),
        Coach(done, stage.steps, folder.path, name, run.data.classes, batches),
        callbacks.SaveState(done, state, run.checkpoint_every, stage.steps),
        callbacks.StopOnSignal(done, state, folder.path),
    ]
    if folder.record.get("select") and name == list(run.stages)[-1]:

        def write(segmenter: keras.Model, step: int, place: Path) -> None:
            record = segmenter_record(run, folder, {"stage": name, "steps": step})
            save_segmenter(in_float32(run, segmenter), place, record)

        place = folder.stage(len(run.stages) - 1, name)
        watchers.insert(1, KeepCandidate(done, place, stage.steps, run.checkpoint_every, write))
    return watchers


def identity(run: RunConfig) -> dict[str, str]:
    """What a checkpoint must share with a run to continue it bit for bit."""
    devices = ",".join(sorted({device.device_type for device in tf.config.list_physical_devices()}))
    return {"config": config_hash(to_dict(run)), "devices": devices, **versions()}


def config_hash(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def segmenter_record(run: RunConfig, folder: RunFolder, training: dict) -> dict:
    """`segmenter.json` without the hash: what the network is, and where its weights come from."""
    provenance = {"run": folder.path.name, "method": run.method, "seed": run.seed, "time": int(time.time()), **training}
    provenance |= {"source": run.data.source.name, "target": run.data.target.name}
    return make_record(run.segmenter, run.data.classes, run.data.target.size, provenance)


def read_stage(place: Path) -> dict | None:
    """Provenance of a finished stage, None if it is not finished."""
    if not (place / "segmenter.json").exists():
        return None
    return json.loads((place / "segmenter.json").read_text())["provenance"]


def in_float32(run: RunConfig, segmenter: keras.Model) -> keras.Model:
    """The same segmenter in float32: what is evaluated, exported and saved."""
    if precisions(run)[0] == "float32":
        return segmenter
    twin = build_segmenter(dataclasses.replace(run.segmenter, weights="none"), len(run.data.classes), "float32")
    copy_weights(segmenter, twin)
    return twin


def copy_weights(source: keras.Model, destination: keras.Model) -> None:
    destination.set_weights([np.asarray(weight) for weight in source.get_weights()])
