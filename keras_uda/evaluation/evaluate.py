"""Runs segmenters over held-out frames: confusion matrices, `metrics.json`, and the frames of the report."""

import io
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np

from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.evaluation.also import scores_also
from keras_uda.evaluation.counting import Counted
from keras_uda.evaluation.counting import Scored
from keras_uda.evaluation.counting import count
from keras_uda.evaluation.models import SOURCE_ONLY
from keras_uda.evaluation.models import model_of
from keras_uda.evaluation.open_classes import OpenCounts
from keras_uda.evaluation.open_classes import sentence
from keras_uda.evaluation.score_table import table
from keras_uda.evaluation.scores_file import ALSO
from keras_uda.evaluation.scores_file import OPEN
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.stage import stages_of
from keras_uda.runs.stage import trained_steps
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import Prediction
from keras_uda.segmenters.inference import predictions

FRAMES_IN_REPORT = 40


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
        baseline, record = load_segmenter(path)
        given = run.has_no_source and name == SOURCE_ONLY
        known = record["provenance"].get("steps") if given else steps
        others[name] = Scored(partial(predictions, baseline), known)
    if "oracle" in baselines:
        domains.ledger.read("oracle", RunFolder(baselines["oracle"]).record.get("labels", {}).get("oracle", 0))
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
    opened = domains.open_labels and OpenCounts(domains.open_labels, run.data.classes)
    counted = {name: score(run, folder, domains, name, model, opened) for name, model in models.items()}
    matrices = {name: one.matrices for name, one in counted.items()}
    levels = {name: one.levels for name, one in counted.items()}
    steps = {name: model.steps for name, model in models.items()}
    read = domains.ledger.purposes
    content = metrics.assemble(run, matrices if labelled else {}, steps=steps, target_labels_read=read, levels=levels)
    say(table(content))
    if opened is not None and (found := opened.to_json()):
        content[OPEN] = found
        say(sentence(found, next(iter(models))))
    if run.evaluation.also:
        content[ALSO] = scores_also(run, models)
    atomic_write(folder / "evaluation.json", json.dumps(content, indent=1, allow_nan=False))
    means = {name: one.means for name, one in counted.items()}
    atomic_write(folder / "frames" / "scores.json", json.dumps(means, allow_nan=False))
    return content


def score(
    run: RunConfig, folder: RunFolder, domains: Domains, who: str, model: Scored, opened: OpenCounts | None
) -> Counted:
    """What was counted of one model; keeps frames for the report, and counts the pixels of open classes."""
    kept, pictured = domains.evaluation().spread(FRAMES_IN_REPORT), []

    def look(index: int, frame: Prediction) -> None:
        if index in kept:
            pictured.append(frame)
        if opened is not None:
            opened.add(who, frame)

    counted = count(run, domains, who, model, look)
    write_frames(folder / "frames", who, pictured)
    return counted


def write_frames(folder: Path, who: str, frames: list[Prediction]) -> None:
    """`frames/<who>.npz` for the report; images and labels once, with the first model."""
    folder.mkdir(exist_ok=True)
    arrays = {"names": np.array([frame.name for frame in frames])}
    arrays |= stacked("predictions", [frame.label_map for frame in frames])
    if who == "adapted" or not (folder / "adapted.npz").exists():
        arrays |= stacked("images", [frame.image for frame in frames], resize_frame)
        if frames and frames[0].entropy is not None:
            arrays |= stacked("entropy", [frame.entropy for frame in frames])
        if frames and frames[0].label is not None:
            arrays |= stacked("labels", [frame.label for frame in frames])
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    atomic_write(folder / f"{who}.npz", stream.getvalue())


def stacked(key: str, maps: list[np.ndarray], resize: Callable = resize_map) -> dict[str, np.ndarray]:
    """One array for the report: those of other sizes are brought to the size that most of them have.

    Args:
        key: name of the array.
        maps: uint8 (h, w) or (h, w, 3), of several sizes where several targets have frames of their own.
        resize: function of one and (width, height).
    """
    sizes = Counter(one.shape[1::-1] for one in maps)
    return {key: np.stack([resize(one, sizes.most_common(1)[0][0]) for one in maps])}
