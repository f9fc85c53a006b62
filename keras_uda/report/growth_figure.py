"""The picture of the kind `growth` of `benchmark all`: a step at other sizes, batches, classes, numbers of images."""

from collections.abc import Mapping
from collections.abc import Sequence
from statistics import median

from keras_uda.config.field_types import parse_size
from keras_uda.report.figures import ADAPTED
from keras_uda.report.figures import INK
from keras_uda.report.figures import MUTED
from keras_uda.report.figures import RULE
from keras_uda.report.figures import new_figure

PANELS = {
    "size": "pixels of an image",
    "batch": "images of each domain in a batch",
    "classes": "classes",
    "images": "images to draw from",
}


def growth_figure(rows: Mapping[str, tuple[Sequence[float], float | None]]):
    """Step and memory in a column for each quantity that grows; None if no row has one.

    Args:
        rows: `<method>:<quantity>:<value>` -> multiples of a step of `source_only`, one for each turn, and the peak
            memory in GiB or None; rows with other names are not of `growth`.
    """
    found = {kind: sorted(points_of(rows, kind)) for kind in PANELS}
    found = {kind: points for kind, points in found.items() if points}
    if not found:
        return None
    figure = new_figure(2.6 * len(found), 4.6)
    panels = figure.subplots(2, len(found), sharex="col", sharey="row", squeeze=False)
    for (step, memory), (kind, points) in zip(panels.T, found.items(), strict=True):
        amounts, turns, peaks = zip(*points, strict=True)
        step.plot(amounts, [median(own) for own in turns], "o-", color=ADAPTED)
        step.vlines(amounts, [min(own) for own in turns], [max(own) for own in turns], color=MUTED)
        known = [(amount, peak) for amount, peak in zip(amounts, peaks, strict=True) if peak is not None]
        if known:
            memory.plot(*zip(*known, strict=True), "o-", color=INK)
        memory.set_xlabel(PANELS[kind], color=INK)
        for axes in (step, memory):
            axes.set_xscale("log")
            axes.set_xticks(amounts, labels=[f"{amount:,}" for amount in amounts], fontsize=8)
            axes.minorticks_off()
            axes.grid(color=RULE, linewidth=0.8)
    for axes, text in zip(panels[:, 0], ("in steps of source_only", "peak memory [GiB]"), strict=True):
        axes.set_ylabel(text, color=INK)
        axes.set_ylim(0, 1.05 * axes.get_ylim()[1])  # of all columns: they share it
    return figure


def points_of(rows: Mapping[str, tuple[Sequence[float], float | None]], kind: str) -> list[tuple]:
    """(amount, multiples, memory) of the rows of one quantity."""
    points = []
    for name, (turns, memory) in rows.items():
        _, of, value = ["", "", *name.split(":")][-3:]
        if of == kind:
            width, height = parse_size(value) if kind == "size" else (int(value), 1)
            points.append((width * height, list(turns), memory))
    return points
