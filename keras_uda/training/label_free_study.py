"""Which score without labels holds: scores of finished runs on unlabelled frames beside their true mIoU."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_uda.config.schema import RunConfig
from keras_uda.config.several import domains_of
from keras_uda.config.stored import read_run_config
from keras_uda.core import runtime
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.core.outside import is_there
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation.label_free import SCORES
from keras_uda.evaluation.label_free import large_classes
from keras_uda.evaluation.label_free import mirror_iou
from keras_uda.evaluation.label_free_table import correlations
from keras_uda.evaluation.label_free_table import decisions
from keras_uda.evaluation.metrics import class_iou
from keras_uda.evaluation.models import SOURCE_ONLY
from keras_uda.evaluation.models import own_scores
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.evaluation.stage_scores import folder_miou
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.provenance import git_commit
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.weights.record import read_record
from keras_uda.training.baselines import known_baselines
from keras_uda.training.selection import measure
from keras_uda.world.render import VERSION

IMAGES = ("name", "root", "split", "frames", "size", "world_seed", "share")  # fields that say which a source draws


class Mirror(Record):
    """What `of_classes` gives."""

    iou: list[float]
    large: list[int]


class Measured(Record):
    """A network on a target."""

    run: str
    miou: float
    scores: dict[str, float]
    mirror: Mirror


class Pair(Measured):
    """Source-only beside a run."""

    difference: dict[str, float]


class StudyCell(Measured):
    """A run."""

    sha256: str
    target: str
    pair: Pair | None


class Study(Record):
    """The file, as far as it is read again."""

    cells: list[StudyCell] = []


def study(folders: Sequence[RunFolder], output: Path) -> dict:
    """Measures every run that is not in `output` yet, and writes it after each.

    Args:
        folders: finished runs; those of source-only are also what the others are compared with.
        output: JSON file to make or to go on with.
    Returns:
        `cells`, `correlations` and `decisions`.
    """
    runs = {folder: read_run_config(folder.path) for folder in folders}
    alone = [folder for folder, run in runs.items() if run.method == SOURCE_ONLY]
    known = {(cell["run"], cell["sha256"]): cell for cell in earlier_cells(output)}
    measured: dict[tuple, tuple] = {}
    for folder, run in runs.items():
        key = folder.path.name, read_record(folder.path)[0]["sha256"]
        miou = (own_scores(read_scores(folder.path), run.method) or {}).get("miou")
        if miou is None:
            warn(f"{folder.path} has no score to compare with")
        elif key not in known and folder not in alone:
            partner = partner_of(folder, run, alone)
            say(f"{folder.path.name} beside {partner or 'nothing'}")
            known[key] = cell_of(folder, run, miou, partner, measured) | {"sha256": key[1]}
            atomic_write(output, json.dumps(summary(list(known.values())), indent=1, allow_nan=False))
    return summary(list(known.values()))


def earlier_cells(output: Path) -> list[dict]:
    """What an earlier call measured; raises `UsageError` for a file that holds something else."""
    if not is_there(output):
        return []
    remedy = "Move it away, or name another --output"
    cells = read_json(output, Study, error=UsageError, remedy=remedy).get("cells", [])
    if not all(_is_whole(cell) for cell in cells):
        raise UsageError(output, "holds cells with other scores than this version gives", remedy)
    return cells


def _is_whole(cell: dict) -> bool:
    """Whether a cell has every score, and classes of its own alone; its pair as well."""
    pair = cell["pair"]
    names = [cell["scores"], *([pair["scores"], pair["difference"]] if pair else [])]
    mirrors = [one["mirror"] for one in (cell, pair) if one]
    return all(set(SCORES) <= set(one) for one in names) and all(
        one["large"] and all(0 <= number < len(one["iou"]) for number in one["large"]) for one in mirrors
    )


def summary(cells: list[dict]) -> dict:
    found = {"correlations": correlations(cells), "decisions": decisions(cells)} if cells else {}
    return {"commit": git_commit(), "world": VERSION, "cells": cells} | found


def partner_of(folder: RunFolder, run: RunConfig, alone: Sequence[RunFolder]) -> Path | None:
    """The source-only network of a run: what it started from, or one of the same seed, source, network and steps."""
    starts = [run.segmenter.weights, *(stage.weights for stage in run.stages.values())]
    started = [Path(start) for start in starts if start not in (None, "imagenet", "none")]
    if started:
        return started[0]
    for other in alone:
        one = read_run_config(other.path)
        if what_is_shared(one) == what_is_shared(run):
            return other.path
    return known_baselines(run).get(SOURCE_ONLY)


def what_is_shared(run: RunConfig) -> tuple:
    """What decides a source-only network, whatever its target."""
    sources = [[getattr(one, field, None) for field in IMAGES] for one in domains_of(run.data, "source")]
    return run.seed, sources, run.data.classes, run.segmenter.name, run.source_steps


def cell_of(folder: RunFolder, run: RunConfig, miou: float, partner: Path | None, measured: dict) -> dict:
    """One run: its true mIoU and its scores, and the same of its source-only network on the same frames."""
    runtime.set_up(run.seed)
    domains, target = Domains(run.data, LabelLedger(["evaluation"])), name_of_target(run)
    scores, matrix = measure(load_segmenter(folder.path)[0], domains.target, run.seed)
    pair = None
    if partner is not None:
        if (partner, target) not in measured:
            true = (read_scores(folder.path).get(SOURCE_ONLY) or {}).get("miou")
            true = folder_miou(partner, run, domains, "source-only") if true is None else true
            measured[partner, target] = true, *measure(load_segmenter(partner)[0], domains.target, run.seed)
        true, before, matrix_before = measured[partner, target]
        difference = {name: scores[name] - before[name] for name in scores}
        classes = large_classes(matrix_before)  # as the comparison at the end of a run has it
        difference["mirror_iou"] = mirror_iou(matrix, classes) - mirror_iou(matrix_before, classes)
        pair = {"run": partner.name, "miou": true, "scores": before, "difference": difference}
        pair["mirror"] = of_classes(matrix_before)
    about = {"run": folder.path.name, "method": run.method, "seed": run.seed, "target": target}
    return about | {"miou": miou, "scores": scores, "mirror": of_classes(matrix), "pair": pair}


def of_classes(matrix: np.ndarray) -> dict:
    """By number of the class: IoU with the mirror image, 0 where a class is in neither; and which classes are large."""
    return {"iou": np.nan_to_num(class_iou(matrix)).tolist(), "large": large_classes(matrix).tolist()}


def name_of_target(run: RunConfig) -> str:
    target = run.data.target
    return f"{Path(target.root).name if target.root else target.name} {target.eval_split}"
