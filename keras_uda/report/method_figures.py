"""Figures of `benchmark methods`, of cells alone: bars with seeds, gap closed, seconds, classes, score against time."""

from collections.abc import Callable
from statistics import mean
from statistics import median

import numpy as np

from keras_uda.core.console import shortened
from keras_uda.evaluation.cells import WHOLE
from keras_uda.evaluation.comparison import Comparison
from keras_uda.evaluation.comparison import Row
from keras_uda.report.figures import ADAPTED
from keras_uda.report.figures import BETTER
from keras_uda.report.figures import INK
from keras_uda.report.figures import MODEL_COLOURS
from keras_uda.report.figures import MUTED
from keras_uda.report.figures import RULE
from keras_uda.report.figures import WORSE
from keras_uda.report.figures import new_figure

SCALE = 30  # points of the strongest colour


def figures(comparison: Comparison) -> dict[str, object]:
    """Name of the file without its ending -> figure; what nothing was measured for is left out."""
    made = {
        "scores": score_bars(comparison),
        "gap": gap_bars(comparison),
        "seconds": seconds_bars(comparison),
        "classes": class_map(comparison),
        "time": score_against_time(comparison),
    }
    return {name: figure for name, figure in made.items() if figure is not None}


def score_bars(comparison: Comparison):
    """Mean of each row as a bar, every seed as a dot; subsets in panels beside the whole."""
    rows = [row for row in comparison.rows if row.values(WHOLE)]
    if not rows:
        return None
    figure = new_figure(2.6 + 3.0 * len(comparison.parts), _height(rows))
    panels = figure.subplots(1, len(comparison.parts), sharey=True, squeeze=False)[0]
    for axes, part in zip(panels, comparison.parts, strict=True):
        for place, row in enumerate(rows):
            values = row.values(part)
            if values:
                axes.barh(place, mean(values), color=_colour(row), alpha=0.55, height=0.7)
                axes.plot(values, [place] * len(values), ".", color=INK, markersize=4)
        axes.set(xlabel=f"{comparison.compared}, {part} [%]")
        _rows_on(axes, rows)
    return figure


def gap_bars(comparison: Comparison):
    """Share of the gap between source-only and oracle that each row closes; below nothing it did harm."""
    known = [(row, comparison.gap(row)) for row in comparison.rows if not row.is_baseline]
    return _bars([(row, 100 * gap) for row, gap in known if gap is not None], "gap closed [%]", _sign_colour)


def seconds_bars(comparison: Comparison):
    """Seconds of a step, as they were measured beside whatever else ran on the machine."""
    known = [(row, seconds) for row in comparison.rows if (seconds := step_seconds(row)) is not None]
    return _bars(known, "time of a step [s]", lambda row, value: _colour(row))


def class_map(comparison: Comparison):
    """IoU of every class in every row as text; the colour is the difference to source-only as long, none without it."""
    rows = [row for row in comparison.rows if comparison.by_class(row, "iou")]
    names = list(dict.fromkeys(name for row in rows for name in comparison.by_class(row, "recall")))
    if not names:
        return None
    iou = [comparison.by_class(row, "iou") for row in rows]
    sources = [_source_only_of(comparison, row) for row in rows]
    base = [{} if source is None else comparison.by_class(source, "iou") for source in sources]
    change = np.array([[a.get(n, np.nan) - b.get(n, np.nan) for n in names] for a, b in zip(iou, base, strict=True)])
    figure = new_figure(2.4 + 0.52 * len(names), _height(rows) + 0.9)
    axes = figure.subplots()
    picture = axes.imshow(change, cmap="PuOr", vmin=-SCALE, vmax=SCALE, aspect="auto")
    for place, values in enumerate(iou):
        for column, name in enumerate(names):
            text = f"{values[name]:.0f}" if name in values else ""
            colour = "white" if abs(change[place, column]) > SCALE / 2 else INK
            axes.text(column, place, text, ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(names)), map(shortened, names), rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(rows)), [shortened(row.label) for row in rows], fontsize=8)
    figure.colorbar(picture, ax=axes, label="IoU against source-only [points]", shrink=0.7)
    return figure


def score_against_time(comparison: Comparison):
    """What a step costs and what the row reaches; up and to the left is better."""
    rows = [row for row in comparison.rows if step_seconds(row) is not None and row.values(WHOLE)]
    if not rows:
        return None
    figure = new_figure(6.4, 4.4)
    axes = figure.subplots()
    for row in rows:
        seconds, values = step_seconds(row), row.values(WHOLE)
        axes.plot([seconds] * len(values), values, ".", color=_colour(row), alpha=0.4)
        axes.plot(seconds, mean(values), "o", color=_colour(row))
        place = {"xytext": (4, 3), "textcoords": "offset points", "fontsize": 7}
        axes.annotate(shortened(row.label), (seconds, mean(values)), **place)
    axes.set(xlabel="time of a step [s]", ylabel=f"{comparison.compared} [%]")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=RULE)
    return figure


def step_seconds(row: Row) -> float | None:
    """Median over the seeds; None where it is not known."""
    known = [cell.seconds_per_step for cell in row.cells.values() if cell.seconds_per_step is not None]
    return median(known) if known else None


def _source_only_of(comparison: Comparison, row: Row) -> Row | None:
    same = [one for one in comparison.rows if one.first.row == "source_only"]
    return next((one for one in same if one.first.source_steps == row.first.source_steps), None)


def _bars(known: list[tuple[Row, float]], label: str, colour: Callable[[Row, float], str]):
    if not known:
        return None
    rows = [row for row, _ in known]
    figure = new_figure(6.4, _height(rows))
    axes = figure.subplots()
    for place, (row, value) in enumerate(known):
        axes.barh(place, value, color=colour(row, value), alpha=0.7, height=0.7)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set(xlabel=label)
    _rows_on(axes, rows)
    return figure


def _rows_on(axes, rows: list[Row]) -> None:
    axes.set_yticks(range(len(rows)), [shortened(row.label) for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=RULE)
    axes.set_axisbelow(True)


def _height(rows: list[Row]) -> float:
    return 0.9 + 0.24 * len(rows)


def _colour(row: Row) -> str:
    return MODEL_COLOURS.get(row.first.row, ADAPTED)


def _sign_colour(row: Row, value: float) -> str:
    return BETTER if value > 0 else WORSE
