"""The same frames side by side: which ones, and the pictures of each."""

import numpy as np

from keras_uda.core.classes import colourise
from keras_uda.evaluation.models import MODELS
from keras_uda.report.facts import difference
from keras_uda.report.figures import change_map
from keras_uda.report.figures import entropy_colours
from keras_uda.report.inputs import Inputs
from keras_uda.report.pictures import label_picture
from keras_uda.report.pictures import photograph

PER_GROUP = 3


def groups(inputs: Inputs) -> list[dict]:
    """Groups of frames: title, what they were chosen by, and their strips."""
    return [
        {"title": title, "by": by, "frames": [strip(inputs, i) for i in chosen]}
        for title, by, chosen in choice(inputs)
        if len(chosen)
    ]


def choice(inputs: Inputs) -> list[tuple[str, str, list[int]]]:
    """(title, criterion, indices of frames): the largest and the smallest of what is known about a frame."""
    frames, main = inputs.frames, inputs.main
    if not frames.names:
        return []
    scores = inputs.frame_scores
    if "source_only" in scores and main == "adapted" and "adapted" in scores and frames.labels is not None:
        change = [difference(scores[main].get(n), scores["source_only"].get(n)) for n in frames.names]
        first, last = ends(change)
        by = "the change of the frame's own mIoU"
        return [("Most improved", by, first), ("Least improved, or made worse", by, last)]
    if frames.labels is not None and main in scores:
        first, last = ends([scores[main].get(name) for name in frames.names])
        return [("Best frames", "the frame's own mIoU", first), ("Worst frames", "the frame's own mIoU", last)]
    if {"source_only", "adapted"} <= set(frames.predictions):
        moved = (frames.predictions["source_only"] != frames.predictions["adapted"]).mean((1, 2))
        first, last = ends(moved.tolist())
        by = "the share of pixels whose class changed"
        return [("Changed most by adaptation", by, first), ("Changed least", by, last)]
    chosen = np.unique(np.linspace(0, len(frames.names) - 1, 2 * PER_GROUP).round().astype(int)).tolist()
    return [("An even sample", "their place in the split", chosen)]


def ends(values: list[float | None]) -> tuple[list[int], list[int]]:
    """Indices of the largest and of the smallest values, the extreme first; no frame in both."""
    order = sorted((i for i, value in enumerate(values) if value is not None), key=lambda i: -values[i])
    count = min(PER_GROUP, (len(order) + 1) // 2)
    return order[:count], order[count:][::-1][:count]


def strip(inputs: Inputs, i: int) -> dict:
    """Name, scores and panels (title, picture) of one frame."""
    frames, classes = inputs.frames, inputs.classes
    panels = [("image", photograph(frames.images[i]))]
    if frames.labels is not None:
        panels.append(("truth", label_picture(colourise(frames.labels[i], classes))))
    panels += [(MODELS[m], label_picture(colourise(maps[i], classes))) for m, maps in frames.predictions.items()]
    pair = [frames.predictions.get(model) for model in ("source_only", "adapted")]
    if frames.labels is not None and all(maps is not None for maps in pair):
        panels.append(("change", label_picture(change_map(frames.labels[i], *(maps[i] for maps in pair)))))
    if frames.labels is None and frames.entropy is not None:
        panels.append(("uncertainty", photograph(entropy_colours(frames.entropy[i]))))
    name = frames.names[i]
    miou = {model: scores.get(name) for model, scores in inputs.frame_scores.items() if scores.get(name) is not None}
    moved = None
    if frames.labels is None and all(maps is not None for maps in pair):
        moved = float((pair[0][i] != pair[1][i]).mean())
    change = difference(miou.get("adapted"), miou.get("source_only"))
    aspect = frames.images.shape[2] / frames.images.shape[1]
    return {"name": name, "panels": panels, "aspect": aspect, "miou": miou, "change": change, "moved": moved}
