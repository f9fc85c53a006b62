"""Arrays -> matplotlib figures and pictures. Nothing is saved here; one palette, IGNORE black.

Matplotlib is imported when a figure is made, through its object interface: no global state, no window, no event loop.
"""

import io
import math
import re
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import colourise
from keras_uda.core.console import shortened

INK, MUTED, RULE = "#1c1f23", "#69717a", "#dedbd2"
SOURCE_ONLY, ADAPTED, ORACLE = "#98a0a9", "#0b7285", "#d8a13a"
MODEL_COLOURS = {"source_only": SOURCE_ONLY, "adapted": ADAPTED, "oracle": ORACLE}
BETTER, WORSE = "#0c8a61", "#c9462e"
# In the inline SVG of the report these colours follow the reader's light or dark theme.
THEME = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    SOURCE_ONLY: "var(--source-only)",
    ADAPTED: "var(--adapted)",
    ORACLE: "var(--oracle)",
    BETTER: "var(--better)",
    WORSE: "var(--worse)",
}
LARGEST_DRAWN = 1e30  # of a curve; sums of larger values are none
MOST_NUMBERS = 4000  # in the cells of a matrix; more cells are a picture
LONG_NAME = 20  # characters that a matrix has room for; longer names make it larger
CHANGE_COLOURS = {
    "right before and after": (206, 212, 217),
    "wrong before and after": (104, 113, 122),
    "now right": (20, 160, 120),
    "now wrong": (226, 88, 60),
}


def new_figure(width: float, height: float):
    """An empty figure; width and height in inches."""
    from keras_uda.core.plain_figure import PlainFigure

    return PlainFigure(figsize=(width, height), layout="constrained")


def figure_to_image(figure) -> np.ndarray:
    """uint8 (H,W,3) of a figure on white."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def figure_to_png(figure, dots_per_inch: int = 120) -> bytes:
    """A figure as the bytes of a PNG file, on white."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dots_per_inch, facecolor="white")
    return stream.getvalue()


def figure_to_svg(figure) -> str:
    """A figure as an `<svg>` element for an HTML page: transparent, colours and font from the page's style sheet."""
    from matplotlib import rc_context

    stream = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "keras_uda"}):
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub("<[^>]*>", lambda tag: _themed(tag[0]), text)  # tags alone: a class may be called like a colour


def _themed(tag: str) -> str:
    tag = re.sub(r"(font: [^;\"]*?px)[^;\"]*", r"\1 var(--sans)", tag)
    for colour, variable in THEME.items():
        tag = tag.replace(colour, variable)
    return tag


def change_map(label: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What a second prediction of the same frame made right or wrong, in `CHANGE_COLOURS`.

    Args:
        label, before, after: uint8 (H,W); IGNORE pixels of the label are black.
    Returns:
        uint8 (H,W,3).
    """
    state = np.select([(before == label) & (after == label), after == label, before == label], [0, 2, 3], 1)
    picture = np.array(list(CHANGE_COLOURS.values()), "uint8")[state]
    picture[label == IGNORE] = 0
    return picture


def entropy_colours(entropy: np.ndarray) -> np.ndarray:
    """uint8 (H,W) in units of 1/255 of the maximum -> uint8 (H,W,3); dark is certain, bright is not."""
    from matplotlib import colormaps

    return (255 * colormaps["inferno"](entropy)[..., :3]).round().astype("uint8")


def prediction_strip(
    images: np.ndarray, labels: np.ndarray | None, predictions: Mapping[str, np.ndarray], classes: Sequence[str]
):
    """One row per frame: image, truth where there is one, and each model's label map.

    Args:
        images: uint8 (n,H,W,3).
        labels: uint8 (n,h,w) or None.
        predictions: title -> uint8 (n,h,w).
        classes: names behind the ids.
    """
    maps = ({} if labels is None else {"truth": labels}) | dict(predictions)
    coloured = {title: [colourise(one, classes) for one in column] for title, column in maps.items()}
    return picture_grid({"image": images} | coloured)


def picture_grid(columns: Mapping[str, Sequence[np.ndarray]]):
    """One row per frame, one column per title.

    Args:
        columns: title -> uint8 (n,H,W,3), or a sequence of uint8 (H,W,3); every column as long as the first.
    """
    first = next(iter(columns.values()))
    figure = new_figure(2.4 * len(columns), 2.4 * first[0].shape[0] / first[0].shape[1] * len(first) + 0.3)
    grid = figure.subplots(len(first), len(columns), squeeze=False)
    for column, (title, pictures) in enumerate(columns.items()):
        for row, one in enumerate(pictures):
            axes = grid[row, column]
            axes.imshow(one, interpolation="nearest", aspect="auto")
            axes.set_axis_off()
            if row == 0:
                axes.set_title(shortened(title), fontsize=9, color=INK)
    return figure


def confusion_picture(matrix: np.ndarray, classes: Sequence[str]):
    """Rows of the confusion matrix in % of the true pixels; rows and columns that are both empty are left out."""
    names, rows = _normalised(classes, matrix)
    return _matrix_picture(rows[0], names, rows[0], ADAPTED, ADAPTED, "{:.0f}")


def change_picture(before: np.ndarray, after: np.ndarray, classes: Sequence[str]):
    """Difference of two row-normalised confusion matrices in points; green is better, red is worse."""
    names, rows = _normalised(classes, before, after)
    difference = rows[1] - rows[0]
    goodness = np.where(np.eye(len(names), dtype=bool), difference, -difference)
    return _matrix_picture(difference, names, goodness, BETTER, WORSE, "{:+.0f}")


def _normalised(classes: Sequence[str], *matrices: np.ndarray) -> tuple[list[str], list[np.ndarray]]:
    used = sum(m.sum(0) + m.sum(1) for m in matrices) > 0
    rows = [100 * m / np.maximum(m.sum(1, keepdims=True), 1) for m in matrices]
    return [name for name, kept in zip(classes, used, strict=True) if kept], [r[used][:, used] for r in rows]


def _matrix_picture(values: np.ndarray, names: Sequence[str], goodness: np.ndarray, good: str, bad: str, form: str):
    """Cells filled by |goodness| (opaque at the largest, at least 20), and numbers where they round to 1 or more."""
    from matplotlib.colors import to_rgb

    names = [shortened(name) for name in names]
    room = 0.3 * len(names) + 0.08 * max(0, max(map(len, names), default=0) - LONG_NAME)
    figure = new_figure(1.9 + room, 1.5 + room)
    axes = figure.subplots()
    cells = np.empty((*values.shape, 4))
    cells[..., :3] = np.where(goodness[..., None] >= 0, to_rgb(good), to_rgb(bad))
    cells[..., 3] = 0.85 * np.clip(np.abs(goodness) / max(20, np.abs(goodness).max(initial=0)), 0, 1) ** 0.75
    axes.pcolormesh(cells, linewidth=0, rasterized=cells[..., 0].size > MOST_NUMBERS)
    numbers = np.argwhere(np.abs(values) >= 0.95)
    for row, column in numbers if len(numbers) <= MOST_NUMBERS else ():
        text = form.format(values[row, column]).replace("-", "−")
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8, color=INK)
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=55, ha="right", rotation_mode="anchor")
    axes.set_yticks(np.arange(len(names)) + 0.5, names)
    axes.set_ylim(len(names), 0)
    axes.set_aspect("equal")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return _plain(figure, grid=False, fontsize=9.5)


def quantities(lines: Sequence[Mapping]) -> list[str]:
    """What lines of `metrics.jsonl` report: the segmentation loss, then the others in the order of appearance."""
    names = [name for name in dict.fromkeys(key for line in lines for key in line) if name not in _NOT_LOSSES]
    return sorted(names, key=lambda name: name != "segmentation")


def loss_curves(lines: Sequence[Mapping], names: Sequence[str] | None = None, columns: int = 3):
    """Reported quantities of one stage over its steps: as logged (pale) and smoothed; logarithmic if one spans it.

    Args:
        lines: of `metrics.jsonl`, of one stage.
        names: which quantities; None for all.
        columns: panels side by side.
    """
    names = quantities(lines) if names is None else list(names)
    columns = min(columns, max(1, len(names)))
    rows = math.ceil(max(1, len(names)) / columns)
    figure = new_figure(3.3 * columns, 2.1 * rows)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, name in zip(panels, names, strict=False):
        points = [(line["step"], line[name]) for line in lines if _finite(line.get(name))]
        _curve(axes, *np.array(points, "float64").reshape(-1, 2).T)
        axes.set_title(shortened(name.replace("_", " ")), fontsize=9, color=INK, loc="left")
        axes.set_xlabel("step")
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    return _plain(figure)


_NOT_LOSSES = ("stage", "step", "time")


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < LARGEST_DRAWN


def _curve(axes, steps: np.ndarray, values: np.ndarray) -> None:
    axes.plot(steps, values, color=ADAPTED, linewidth=0.8, alpha=0.35)
    axes.plot(steps, smoothed(values, max(1, len(values) // 12)), color=ADAPTED, linewidth=1.6)
    if len(values) and values.min() > 0 and values.max() > 30 * values.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(lambda value, place: "")
    elif len(values) and values.min() >= 0:
        axes.set_ylim(0, 1.08 * max(values.max(), 1e-6))


def smoothed(values: np.ndarray, reach: int) -> np.ndarray:
    """Mean over `reach` neighbours on both sides; the window shrinks evenly towards the ends, so nothing lags."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    side = np.minimum(reach, np.minimum(index, len(values) - 1 - index))
    return (total[index + side + 1] - total[index - side]) / (2 * side + 1)


def _plain(figure, grid: bool = True, fontsize: float = 8):
    """The same quiet style for all axes."""
    for axes in figure.axes:
        axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=fontsize, length=0)
        axes.xaxis.label.set(color=MUTED, fontsize=fontsize)
        axes.yaxis.label.set(color=MUTED, fontsize=fontsize)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom" and grid)
            spine.set_color(RULE)
        if grid:
            axes.grid(axis="y" if axes.lines else "x", color=RULE, linewidth=0.6)
            axes.set_axisbelow(True)
    return figure
