"""A section of the report: the pseudo-labels of every stage, in figures and on a few images."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.classes import colourise
from keras_uda.core.json_records import Record
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.scores_file import Fraction
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import picture_grid
from keras_uda.report.sections.kept_images import Kept
from keras_uda.report.sections.kept_images import kept_image
from keras_uda.report.sections.kept_images import manifests_of
from keras_uda.runs.stage import Stage

IMAGES_SHOWN = 4
PICTURE = "pictures/pseudo_labels.png"
TEXT = (
    "The labels that the network of the previous stage gave to the target images. {coverage} of the pixels have one. "
    "`least` is the confidence that a pixel of the class needs, `predicted` the share of all pixels predicted as "
    "it, `labelled` its share among the pixels with a label, in percent; `pixels` counts these. Black has no label."
)


class Totals(Record):
    """What is read of a manifest."""

    labels: dict[str, Kept]
    coverage: Fraction
    predicted: dict[str, int]
    pixels: dict[str, int]
    thresholds: dict[str, float | None] = {}
    settings: dict[str, object] = {}


def write_pseudo_label_section(stages: Sequence[Stage], target: Prepared) -> None:
    """Writes `sections/pseudo_labels.json` and its picture; nothing for a run without pseudo-labels.

    Args:
        stages: all of a run, finished.
        target: the images that were labelled.
    """
    run, folder = stages[-1].run, stages[-1].run_folder
    places = {stage.name: stage.folder / "pseudo_labels" for stage in stages}
    manifests = manifests_of(places, Totals)
    if not manifests:
        return
    coverage = ", ".join(covered(name, manifest) for name, manifest in manifests.items())
    section = {"title": "Pseudo-labels", "text": TEXT.format(coverage=coverage), "pictures": [PICTURE]}
    heads = [f"{name}: {head}" for name in manifests for head in ("least", "predicted", "labelled", "pixels")]
    section |= {"columns": ["class", *heads], "rows": rows(run.data.classes, list(manifests.values()))}
    stages = {name: (places[name], manifest) for name, manifest in manifests.items()}
    picture = figure_to_png(picture_grid(columns(run, target, stages)))
    for name, content in (("sections/pseudo_labels.json", json.dumps(section)), (PICTURE, picture)):
        (folder / name).parent.mkdir(exist_ok=True)
        atomic_write(folder / name, content)


def covered(name: str, manifest: dict) -> str:
    """`round_1: 20.1 % (class_balanced, portion 0.2)`."""
    settings = manifest.get("settings", {})
    key = "threshold" if settings.get("policy") == "confidence" else "portion"
    how = [str(settings["policy"]), f"{key} {settings[key]}"] if {"policy", key} <= set(settings) else []
    return f"{name}: {percent(manifest['coverage'])} %" + (f" ({', '.join(how)})" if how else "")


def rows(classes: tuple[str, ...], manifests: list[dict]) -> list[list]:
    """One row per class: threshold, shares predicted and labelled, pixels labelled of every stage; null: none."""
    table = []
    for name in classes:
        row: list = [name]
        for manifest in manifests:
            threshold = manifest.get("thresholds", {}).get(name)
            row.append(None if threshold is None else round(threshold, 4))
            row += [share(manifest[key], name) for key in ("predicted", "pixels")] + [manifest["pixels"].get(name, 0)]
        table.append(row)
    return table


def share(counts: dict[str, int], name: str) -> float:
    return round(100 * counts.get(name, 0) / max(sum(counts.values()), 1), 2)


def columns(run: RunConfig, target: Prepared, stages: dict[str, tuple[Path, dict]]) -> dict[str, list[np.ndarray]]:
    """Pictures of a few images, and of their labels after every stage."""
    frames = list(evaluation_frames(target, IMAGES_SHOWN))
    shown = {"image": [image for _, image, _ in frames]}
    for stage, (place, manifest) in stages.items():
        maps = [kept_image(place, manifest["labels"], name, channels=1) for name, _, _ in frames]
        shown[stage] = [colourise(one, run.data.classes) for one in maps]
    return shown
