"""A section of the report: what the tags say against what the trained segmenter sees on the same target images."""

import dataclasses
import json

import numpy as np

from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.classes import colourise
from keras_uda.core.console import shortened
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.data.source_statistics import class_areas
from keras_uda.report.figures import INK
from keras_uda.report.figures import figure_to_png
from keras_uda.report.figures import new_figure
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.inference import Prediction
from keras_uda.segmenters.inference import predictions
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.labels import ABSENT
from keras_uda.weak_labels.labels import PRESENT
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import WeakLabels

IMAGES_COMPARED = 200
IMAGES_SHOWN = 4
PREDICTED_AREA = 0.001  # of the image, for a class to count as predicted
TITLE = "Tags against predictions"
TEXT = (
    "On up to {most} of the target images that were trained on with tags: how often the final network predicts a class "
    "(on at least 0.1 % of the image) where the tag says that it is there, and where it says that it is not. "
    "Below: the images on which tags and predictions agree least."
)


def write_weak_section(run: RunConfig, folder: RunFolder, target: Prepared, segmenter) -> None:
    """Writes `sections/weak_labels.json` and `pictures/weak_labels.png` of a run that had weak labels.

    Args:
        folder: holds the `weak_labels.csv` that the run trained on.
        target: the images that were trained on.
        segmenter: the trained one, float32.
    """
    weak = read_weak_labels(folder / "weak_labels.csv", classes=run.data.classes)
    tagged = [name for name in target.names if (weak.tags_of(name) != UNKNOWN).any()]
    if not tagged:
        return
    frames = list(predictions(segmenter, evaluation_frames(only(target, tagged), IMAGES_COMPARED)))
    tags = np.stack([weak.tags_of(frame.name) for frame in frames])
    predicted = np.stack([class_areas(frame.label_map, len(run.data.classes)) >= PREDICTED_AREA for frame in frames])
    section = {"title": TITLE, "text": TEXT.format(most=IMAGES_COMPARED), "pictures": ["pictures/weak_labels.png"]}
    heads = ["tagged present", "of these predicted", "tagged absent", "of these predicted", "unknown"]
    section |= {"columns": ["class", *heads]}
    section |= {"rows": rows(run.data.classes, tags, predicted)}
    worst = np.argsort(-((tags == PRESENT) & ~predicted | (tags == ABSENT) & predicted).sum(axis=1), kind="stable")
    picture = figure_to_png(disagreements([frames[i] for i in worst[:IMAGES_SHOWN]], weak))
    for name, content in (("sections/weak_labels.json", json.dumps(section)), ("pictures/weak_labels.png", picture)):
        (folder / name).parent.mkdir(exist_ok=True)
        atomic_write(folder / name, content)


def only(target: Prepared, names: list[str]) -> Prepared:
    """The samples with these names, images alone."""
    files = dict(zip(target.names, target.images, strict=True))
    images = [files[name] for name in names]
    return dataclasses.replace(target, images=images, labels=None, names=names, extras={}, digests=[], memory={})


def rows(classes: tuple[str, ...], tags: np.ndarray, predicted: np.ndarray) -> list[list]:
    """One row per class with a tag: counts, and the percentage of them where the class is predicted.

    Args:
        tags: int8 (images, C).
        predicted: bool (images, C).
    """
    table = []
    for number, name in enumerate(classes):
        cells: list = [name]
        for tag in (PRESENT, ABSENT):
            of_tag = predicted[tags[:, number] == tag, number]
            cells += [len(of_tag), f"{100 * of_tag.mean():.0f} %" if len(of_tag) else None]
        unknown = int((tags[:, number] == UNKNOWN).sum())
        if unknown < len(tags):
            table.append([*cells, unknown])
    return table


def disagreements(frames: list[Prediction], weak: WeakLabels):
    """One row per image: the image, the prediction, and the classes on which tags and it disagree."""
    height, width = frames[0].image.shape[:2]
    figure = new_figure(9.0, len(frames) * 3.1 * height / width + 0.3)
    grid = figure.subplots(len(frames), 3, squeeze=False, width_ratios=(3.1, 3.1, 2.4))
    for axes, frame in zip(grid, frames, strict=True):
        axes[0].imshow(frame.image, aspect="auto")
        axes[1].imshow(colourise(frame.label_map, weak.classes), interpolation="nearest", aspect="auto")
        axes[2].text(0, 0.98, explained(frame, weak), va="top", fontsize=8, color=INK, transform=axes[2].transAxes)
        for one in axes:
            one.set_axis_off()
    grid[0, 0].set_title("image", fontsize=9, color=INK)
    grid[0, 1].set_title("prediction", fontsize=9, color=INK)
    return figure


def explained(frame: Prediction, weak: WeakLabels) -> str:
    """What the tags of an image say, what the prediction misses, and what it sees although it is tagged absent."""
    tags = weak.tags_of(frame.name)
    predicted = class_areas(frame.label_map, len(weak.classes)) >= PREDICTED_AREA
    lists = {
        "missed": (tags == PRESENT) & ~predicted,
        "predicted, but tagged absent": (tags == ABSENT) & predicted,
        "agreed": (tags == PRESENT) & predicted,
    }
    lines = [shortened(frame.name)]
    for title, which in lists.items():
        names = [shortened(name) for name, one in zip(weak.classes, which, strict=True) if one]
        pairs = [", ".join(names[n : n + 3]) for n in range(0, len(names), 3)]
        lines += [f"{title}:", *(f"  {pair}" for pair in pairs or ["nothing"])]
    return "\n".join(lines)
