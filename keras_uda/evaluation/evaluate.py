"""Runs segmenters over held-out frames: confusion matrices, `metrics.json`, and the frames of the report."""

import io
import json
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from keras_uda.config.evaluation_spec import subsets_of
from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.evaluation.calibration import LEVELS
from keras_uda.evaluation.calibration import confidence_levels
from keras_uda.evaluation.models import model_of
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import read_json
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.stage import stages_of
from keras_uda.runs.stage import trained_steps
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import Prediction
from keras_uda.segmenters.inference import predictions

FRAMES_IN_REPORT = 40


class Scored(NamedTuple):
    """A model to score.

    Args:
        predictions: frames (name, image, label) -> `Prediction` of each.
        steps: of the optimiser; None: not known.
        own_size: it takes the frames at the size of their files.
    """

    predictions: Callable[[Iterable], Iterator[Prediction]]
    steps: int | None = None
    own_size: bool = False


def evaluate_run(
    run: RunConfig, folder: RunFolder, domains: Domains, segmenter: keras.Model, baselines: dict[str, Path]
) -> dict:
    """Scores the run's segmenter and its baselines on the same frames; writes `evaluation.json` and `frames/`.

    Returns:
        The content of `evaluation.json`.
    """
    stages = stages_of(run, folder)
    own = Scored(partial(predictions, segmenter), stages[0].steps_before + trained_steps(stages))
    others, steps = {}, whole_run(run, folder.record).source_steps
    for name, path in baselines.items():
        others[name] = Scored(partial(predictions, load_segmenter(path)[0]), steps)
    if "oracle" in baselines:
        domains.ledger.read("oracle", read_json(baselines["oracle"] / "run.json").get("labels", {}).get("oracle", 0))
    return evaluate_models(run, folder, domains, {model_of(run.method): own} | others)


def evaluate_models(run: RunConfig, folder: RunFolder, domains: Domains, models: dict[str, Scored]) -> dict:
    """Scores models on the same frames; writes `evaluation.json` and `frames/`.

    Args:
        run: the configuration of the first model; its classes, target and evaluation.
        folder: to write to.
        domains: the target's held-out frames, or without labels its images.
        models: out of `source_only`, `adapted`, `oracle`.
    Returns:
        The content of `evaluation.json`.
    """
    labelled = domains.held_out is not None
    matrices, levels, means = {}, {}, {}
    for name, model in models.items():
        matrices[name], levels[name], means[name] = score(run, folder, domains, name, model)
    steps = {name: model.steps for name, model in models.items()}
    read = domains.ledger.purposes
    content = metrics.assemble(run, matrices if labelled else {}, steps=steps, target_labels_read=read, levels=levels)
    atomic_write(folder / "evaluation.json", json.dumps(content, indent=1, allow_nan=False))
    atomic_write(folder / "frames" / "scores.json", json.dumps(means, allow_nan=False))
    say(metrics.table(content))
    return content


def score(run: RunConfig, folder: RunFolder, domains: Domains, who: str, model: Scored) -> tuple[dict, dict, dict]:
    """One model: matrices and confidence levels ({"": whole, subset: ...}), {frame name: mIoU}; keeps frames for the
    report."""
    classes = len(run.data.classes)
    merge = metrics.merge_map(run.data.classes, run.evaluation.merge)
    frames = domains.evaluation(own_size=True) if model.own_size else domains.evaluation()
    kept = {index for index in np.linspace(0, len(frames) - 1, FRAMES_IN_REPORT).round().astype(int)}
    matrices = metrics.Matrices(classes, subsets_of(run))
    levels = metrics.Counts((LEVELS, 2), subsets_of(run))
    means, pictured = {}, []
    for index, frame in enumerate(progress(model.predictions(frames), f"scoring {who}", len(frames))):
        if frame.label is not None:
            merged = merge[frame.label_map]
            matrix = metrics.confusion(frame.label, merged, classes)
            matrices.add(frame.name, matrix)
            if frame.confidence is not None:
                levels.add(frame.name, confidence_levels(frame.label, merged, frame.confidence, classes))
            means[frame.name] = metrics.frame_miou(matrix)
        if index in kept:
            pictured.append(frame)
    write_frames(folder / "frames", who, pictured)
    return matrices, levels, means


def write_frames(folder: Path, who: str, frames: list[Prediction]) -> None:
    """`frames/<who>.npz` for the report; images and labels once, with the first model."""
    folder.mkdir(exist_ok=True)
    arrays = {"names": np.array([frame.name for frame in frames])}
    arrays |= stacked("predictions", [frame.label_map for frame in frames])
    if who == "adapted" or not (folder / "adapted.npz").exists():
        arrays |= stacked("images", [frame.image for frame in frames])
        if frames and frames[0].entropy is not None:
            arrays |= stacked("entropy", [frame.entropy for frame in frames])
        if frames and frames[0].label is not None:
            arrays |= stacked("labels", [frame.label for frame in frames])
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    atomic_write(folder / f"{who}.npz", stream.getvalue())


def stacked(key: str, maps: list[np.ndarray]) -> dict[str, np.ndarray]:
    """One array; frames of other sizes than the first are black in the report."""
    return {key: np.stack([m if m.shape == maps[0].shape else np.zeros_like(maps[0]) for m in maps])}
