"""Chooses a checkpoint of the last stage: by a score that needs no labels, or by target labels, which is recorded."""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np

from keras_uda.config.names import WITH_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import progress
from keras_uda.core.errors import DataError
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.prepared import Prepared
from keras_uda.evaluation import metrics
from keras_uda.evaluation.label_free import OF_MIRROR_IMAGES
from keras_uda.evaluation.label_free import OF_PROBABILITIES
from keras_uda.evaluation.label_free import SCORES
from keras_uda.evaluation.label_free import common_classes
from keras_uda.evaluation.label_free import mirror_iou
from keras_uda.evaluation.mirror import mirror_confusion
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import predictions
from keras_uda.segmenters.inference import probabilities_of
from keras_uda.training.callbacks.candidates import candidates

IMAGES, PIXELS = 100, 100


@dataclasses.dataclass(frozen=True)
class Selection:
    """What was chosen, and why.

    Args:
        score: its name.
        table: step -> every score that was computed.
        step: of the chosen checkpoint.
        folder: of its weights and record.
        labels_read: what target labels were opened for; empty unless `score` is `target-labels`.
    """

    score: str
    table: dict[int, dict[str, float]]
    step: int
    folder: Path
    labels_read: list[str]

    def to_json(self) -> str:
        content = {"score": self.score, "chosen_step": self.step, "target_labels_read": self.labels_read}
        return json.dumps(content | {"scores": {str(step): row for step, row in self.table.items()}}, indent=1)

    def describe(self) -> str:
        how = "WITH target labels: this is no unsupervised result" if self.score == WITH_LABELS else "without labels"
        steps = max(self.table)
        return f"checkpoint of step {self.step} of {steps} of the last stage, chosen by {self.score}, {how}"


def select(stage: Stage, domains: Domains, score: str) -> Selection:
    """Scores every kept checkpoint; the best one, of equals the latest.

    Args:
        stage: the last one of a run.
        domains: its data.
        score: a name of `SCORES`, or `target-labels`.
    Raises:
        ArtefactError: no checkpoint was kept.
        DataError: target labels are wanted and there are none.
    """
    run, kept = stage.run, candidates(stage)
    ledger = LabelLedger(["selection"] if score == WITH_LABELS else [])
    labelled = held_out(run, ledger) if score == WITH_LABELS else None
    table, matrices = {}, {}
    for step in progress(list(kept), f"scoring checkpoints by {score}"):
        segmenter, _ = load_segmenter(kept[step])
        table[step], matrices[step] = measure(segmenter, domains.target, run.seed)
        if labelled is not None:
            table[step][WITH_LABELS] = miou(run, segmenter, labelled)
    classes = common_classes(matrices.values())
    for step, matrix in matrices.items():
        table[step]["mirror_iou"] = mirror_iou(matrix, classes)
    best = max(table, key=lambda step: (table[step][score], step))
    return Selection(score, table, best, kept[best], ledger.purposes)


def measure(segmenter: keras.Model, target: Prepared, seed: int) -> tuple[dict[str, float], np.ndarray]:
    """Scores of a segmenter on target training images, the same ones for every segmenter.

    Returns:
        All of `SCORES`, on random pixels and on mirror images, and the counts that the latter are made of.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for _, image, _ in evaluation_frames(target, IMAGES):
        maps = probabilities_of(segmenter, image[None]).numpy()
        probabilities = maps.reshape(-1, maps.shape[-1])
        chosen = generator.choice(len(probabilities), min(PIXELS, len(probabilities)), replace=False)
        rows.append(probabilities[chosen])
    sample = np.concatenate(rows).astype("float64")
    mirrored = (image for _, image, _ in evaluation_frames(target, IMAGES))
    matrix = mirror_confusion(segmenter, mirrored, sample.shape[-1])
    of_mirror_images = {name: score(matrix) for name, score in OF_MIRROR_IMAGES.items()}
    return {name: score(sample) for name, score in OF_PROBABILITIES.items()} | of_mirror_images, matrix


def held_out(run: RunConfig, ledger: LabelLedger) -> Prepared:
    """The labelled frames that the run is scored on, opened for choosing."""
    found = Domains(run.data, ledger).held_out_for("selection")
    if found is None:
        config = run.data.target
        what = f"the target `{config.eval_split}` split has no labels to choose with"
        raise DataError(config.root or config.name, what, f"Choose by {' or '.join(SCORES)}")
    return found


def miou(run: RunConfig, segmenter: keras.Model, frames: Prepared) -> float:
    """Mean IoU over the classes present in the frames; 0 where no pixel is labelled."""
    classes = len(run.data.classes)
    merge = metrics.merge_map(run.data.classes, run.evaluation.merge)
    matrix = np.zeros((classes, classes), "int64")
    for frame in predictions(segmenter, evaluation_frames(frames)):
        matrix += metrics.confusion(frame.label, merge[frame.label_map], classes)
    return metrics.scores(matrix, run.data.classes)["miou"] or 0.0
