"""What a finished run gives to the tables: a cell for each model that it scored, in plain values.

A cell holds the scores, and all that a reader needs to get them again: command, commit, version of the world, seed,
machine, threads. Tables and plots are made of cells alone.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from statistics import median

import numpy as np

from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import BASELINES
from keras_uda.config.names import METHODS
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import read_run_config
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import Record
from keras_uda.evaluation import metrics
from keras_uda.evaluation.cell_origin import command_of
from keras_uda.evaluation.cell_origin import pair_of
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import model_of
from keras_uda.evaluation.scores_file import FILE
from keras_uda.evaluation.scores_file import REMEDY
from keras_uda.evaluation.scores_file import misfit
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.metrics_log import read_metrics

WHOLE = "whole"
# Beside the class sets of the configuration: large classes, and those of a few pixels' width.
CLASS_SETS = {
    "five": ("road", "building", "vegetation", "sky", "car"),
    "thin": ("fence", "pole", "traffic sign", "person", "rider"),
}
COMPARED_SET = "eight"  # a source that shows fewer classes than its target is compared by those, where they are a set
DIGITS = 5


class Scores(Record):
    """Of one model on one set of frames; fractions, null where they are not defined.

    Args:
        miou: mean IoU over the classes present in the ground truth.
        sets: name of a class set -> its mean IoU.
        iou, precision, recall: by class, of the classes that are present in the ground truth or predicted.
        calibration_error: expected difference between confidence and accuracy.
    """

    miou: float | None
    sets: dict[str, float | None] = {}
    iou: dict[str, float | None] = {}
    precision: dict[str, float | None] = {}
    recall: dict[str, float | None] = {}
    calibration_error: float | None = None

    @property
    def compared(self) -> float | None:
        """What gains and gaps are of."""
        return self.sets.get(COMPARED_SET, self.miou)


class Cell(Record):
    """One model of one run.

    Args:
        row: name in the tables.
        pair: source and target, `sim_to_street`.
        world: version of the built-in world; null where neither domain is of it.
        seed: of the run.
        steps: of the optimiser, in all stages.
        source_steps: labelled batches in all stages; baselines of as many are its own.
        setting: network, size and batch.
        scores: `whole` and the subsets of the evaluation frames by name.
        seconds: of training; seconds_per_step: the median of a step.
        command, commit, versions, processor, threads: where the numbers come from; null where the record does not say.
        run: name of the folder.
        started: when it began, in seconds since 1970.
    """

    row: str
    pair: str
    world: int | None
    seed: int
    steps: int | None
    source_steps: int
    setting: str
    scores: dict[str, Scores]
    seconds: float | None
    seconds_per_step: float | None
    command: str | None
    commit: str | None
    versions: dict[str, str]
    processor: str | None
    threads: int | None
    run: str
    started: float


def cells_of(folder: RunFolder, row: str | None = None, **known: object) -> list[Cell]:
    """The cells of a run: its own model, and the baselines that were scored beside it.

    Args:
        folder: of a finished run with scores.
        row: name of its row; None: the folder's without its seed, or what was trained.
        known: `pair`, `world`, `processor`, `threads` where the record of the run does not say.
    Raises:
        UsageError: not a finished run, or one without scores. ArtefactError: its scores are damaged.
    """
    if not folder.finished:
        raise UsageError(folder.path, "not a finished run", "Finish it with the same train.py command")
    run, content = read_run_config(folder.path), read_scores(folder.path)
    who = model_of(run.method)
    classes = list(run.data.classes)
    if content.get("classes", classes) != classes or any(misfit(content.get(one), len(classes)) for one in MODELS):
        raise ArtefactError(folder / FILE, "has other classes than config.yaml", REMEDY)
    if not content.get(who):
        raise UsageError(folder.path, "has no scores: its target has no labels", "Name runs with scores")
    about = _about(run, folder, {key: value for key, value in known.items() if value is not None})
    own = _cell(run, content, who, about | {"row": row or row_of(run, folder), **speed(folder)})
    beside = [name for name in BASELINES if name != run.method and content.get(name)]
    unknown = {"seconds": None, "seconds_per_step": None, "command": None}  # they are of a folder of their own
    return [own, *(_cell(run, content, name, about | unknown | {"row": name}) for name in beside)]


def row_of(run: RunConfig, folder: RunFolder) -> str:
    """`dacs` of `dacs-seed0` and of `source_only@600-seed0`; else method, kind of weak labels and add-ons."""
    name, found, seed = folder.path.name.rpartition("-seed")
    if found and seed.isdecimal():
        return name.partition("@")[0]
    words = [run.method if (kind := weak_kind(run)) is None else f"{run.method}_{kind}"]
    added = list(run.stages.values())[-1].add_ons if run.method in METHODS else ()
    return "+".join([*words, *added])


def speed(folder: RunFolder) -> dict[str, float | None]:
    """Seconds of training, and the median of a step: the first, tracing one and pauses do not count."""
    lines = [line for line in read_metrics(folder / "metrics.jsonl") if "time" in line]
    pairs = zip(lines, lines[1:], strict=False)
    steps = [(b["time"] - a["time"]) / (b["step"] - a["step"]) for a, b in pairs if b["step"] > a["step"]]
    return {
        "seconds": round(lines[-1]["time"], 1) if lines else None,
        "seconds_per_step": round(median(steps), 4) if steps else None,
    }


def scores_of(entry: Mapping, classes: Sequence[str], class_sets: Mapping[str, Sequence[str]]) -> Scores:
    """Of a model or a subset in `evaluation.json`; what an earlier version left out is made of the confusion matrix."""
    found = {"miou": entry["miou"], "sets": dict(entry.get("class_sets", {}))}
    if entry.get("confusion"):
        matrix = np.array(entry["confusion"])
        by_class = {"iou": metrics.class_iou, "precision": metrics.class_precision, "recall": metrics.class_recall}
        seen = (matrix.sum(0) + matrix.sum(1)) > 0
        for key, function in by_class.items():
            found[key] = {name: _plain(v) for name, v, s in zip(classes, function(matrix), seen, strict=True) if s}
        sets = dict(CLASS_SETS) | dict(class_sets)
        found["sets"] = {name: metrics.mean_over(metrics.class_iou(matrix), classes, sets[name]) for name in sets}
    found["miou"], found["sets"] = _plain(found["miou"]), {name: _plain(v) for name, v in found["sets"].items()}
    return Scores(**found, calibration_error=_plain(entry.get("calibration_error")))


def _plain(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), DIGITS)


def _about(run: RunConfig, folder: RunFolder, known: Mapping) -> dict:
    """What all models of a run share."""
    record = folder.record
    sizes = " and ".join(dict.fromkeys([run.data.source.size, run.data.target.size]))
    stated = {key: record.get(key) for key in ("world", "processor", "threads")}
    pair = known.get("pair") or pair_of(run, record.get("command"))
    return (
        stated
        | {key: value for key, value in known.items() if stated.get(key) is None}
        | {
            "pair": pair,
            "command": command_of(run, record.get("command"), pair),
            "commit": record.get("git_commit"),
            "versions": record.get("versions", {}),
            "seed": run.seed,
            "source_steps": whole_run(run, record).source_steps,
            "setting": f"{run.segmenter.name}, {sizes}, batch {run.data.batch}",
            "run": folder.path.name,
            "started": record.get("started", 0.0),
        }
    )


def _cell(run: RunConfig, content: Mapping, who: str, about: Mapping) -> Cell:
    entry, sets = content[who], run.evaluation.class_sets
    parts = {WHOLE: entry, **entry.get("subsets", {})}
    scores = {name: scores_of(part, run.data.classes, sets) for name, part in parts.items()}
    return Cell(**about, steps=entry.get("train_steps"), scores=scores)
