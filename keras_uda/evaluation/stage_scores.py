"""`stage_scores.json`: mIoU on the held-out frames after every stage. It is evaluation; no stage learns from it."""

import json

from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import read_json
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import predictions

FILE = "stage_scores.json"


def write_stage_scores(run: RunConfig, folder: RunFolder, domains: Domains, last: float | None) -> dict:
    """Scores the segmenter of every stage; a stage that has its score already is left alone.

    Args:
        run: the resolved configuration.
        folder: with all stages finished.
        domains: nothing is scored without labelled held-out frames.
        last: mIoU of the last stage, which is that of the run.
    Returns:
        Stage name -> mIoU.
    """
    scores = read_json(folder / FILE)
    names = list(run.stages)
    if domains.held_out is None:
        return scores
    for number, name in enumerate(names):
        if name not in scores:
            scores[name] = last if name == names[-1] else stage_miou(run, folder, domains, number, name)
            atomic_write(folder / FILE, json.dumps(scores, indent=1, allow_nan=False))
    say("mIoU after each stage: " + ", ".join(f"{name} {metrics.percent(scores[name])}" for name in names))
    return scores


def stage_miou(run: RunConfig, folder: RunFolder, domains: Domains, number: int, name: str) -> float | None:
    """mIoU of the segmenter that a stage left."""
    segmenter = load_segmenter(folder.stage(number, name))[0]
    merge, frames = metrics.merge_map(run.data.classes, run.evaluation.merge), domains.evaluation()
    matrices = metrics.Matrices(len(run.data.classes), {})
    for frame in progress(predictions(segmenter, frames), f"scoring stage {name}", len(frames)):
        matrix = metrics.confusion(frame.label, merge[frame.label_map], len(run.data.classes))
        matrices.add(frame.name, matrix)
    return metrics.scores(matrices[""], run.data.classes)["miou"]
