"""`stage_scores.json`: mIoU on the held-out frames after every stage. It is evaluation; no stage learns from it."""

import json
from collections.abc import Sequence
from pathlib import Path

from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.core.errors import ArtefactError
from keras_uda.core.json_records import read_json
from keras_uda.core.outside import is_there
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.evaluation.scores_file import Fraction
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import predictions

FILE = "stage_scores.json"


def write_stage_scores(stages: Sequence[Stage], domains: Domains, last: float | None) -> dict:
    """Scores the segmenter of every stage; a stage that has its score already is left alone.

    Args:
        stages: all of a run, finished.
        domains: nothing is scored without labelled held-out frames.
        last: mIoU of the last stage, which is that of the run.
    Returns:
        Stage name -> mIoU.
    """
    file = stages[-1].run_folder / FILE
    scores = read_stage_scores(file)
    if domains.held_out is None:
        return scores
    for stage in stages:
        if stage.name not in scores:
            scores[stage.name] = last if stage.is_last else stage_miou(stage, domains)
            atomic_write(file, json.dumps(scores, indent=1, allow_nan=False))
    say("mIoU in % after each stage: " + ", ".join(f"{one.name} {metrics.percent(scores[one.name])}" for one in stages))
    return scores


def read_stage_scores(file: Path) -> dict[str, float | None]:
    """What was scored before; empty where there is no file. Raises `ArtefactError` for a damaged one."""
    if not is_there(file):
        return {}
    remedy = "Remove the file: the stages are scored again"
    return read_json(file, dict[str, Fraction | None], error=ArtefactError, remedy=remedy)


def stage_miou(stage: Stage, domains: Domains) -> float | None:
    """mIoU of the segmenter that a stage left."""
    return folder_miou(stage.folder, stage.run, domains, f"stage {stage.name}")


def folder_miou(folder: Path, run: RunConfig, domains: Domains, called: str) -> float | None:
    """mIoU of the segmenter in a folder on the held-out frames of a run; `called` is for the progress of it."""
    segmenter = load_segmenter(folder)[0]
    merge, frames = metrics.merge_map(run.data.classes, run.evaluation.merge), domains.evaluation()
    matrices = metrics.Matrices(len(run.data.classes), {})
    for frame in progress(predictions(segmenter, frames), f"scoring {called}", len(frames)):
        matrix = metrics.confusion(frame.label, merge[frame.label_map], len(run.data.classes))
        matrices.add(frame.name, matrix)
    return metrics.scores(matrices[""], run.data.classes)["miou"]
