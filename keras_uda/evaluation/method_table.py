"""The tables of `benchmark methods` in Markdown, made of the cells of one file alone."""

from collections.abc import Callable
from collections.abc import Sequence
from statistics import mean
from statistics import median

from keras_uda.core.console import printable
from keras_uda.evaluation.cells import WHOLE
from keras_uda.evaluation.cells import Cell
from keras_uda.evaluation.comparison import Comparison
from keras_uda.evaluation.comparison import Row

SUMMED = "thin"  # a class set whose IoUs are summed: their mean hides whether one of them is nothing


def tables(title: str, comparison: Comparison, plots: Sequence[str] = ()) -> str:
    """All tables of a pair of domains.

    Args:
        title: `sim_to_street-world2`.
        comparison: of its cells.
        plots: files of figures that are shown.
    """
    parts = [f"# `{title}`", INTRODUCTION.format(compared=comparison.compared), scores_table(comparison)]
    parts += [f"![{name}]({name})" for name in plots]
    if any(comparison.by_class(row, "iou") for row in comparison.rows):
        parts += ["## By class", BY_CLASS, class_table(comparison)]
    parts += ["## Where the numbers come from", origin_table(comparison)]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """Made by `python -m keras_uda benchmark methods --draw` from the JSON file of this name; edit neither.
In %, last checkpoints, mean over the seeds (smallest to largest). *Against source-only* and *gap closed* are of the
{compared}, beside runs of the same seeds, steps and network; n/a where these are not there."""
BY_CLASS = "IoU (precision / recall) in %, mean over the seeds."


def scores_table(comparison: Comparison) -> str:
    """A line for each row: means, gains and gaps on the whole test and on subsets, what it costs."""
    columns = [("seeds", lambda row: " ".join(map(str, row.cells)))]
    for part in comparison.parts:
        columns += _columns_of(comparison, part)
    columns += [
        ("calibration error", lambda row: spread([100 * value for value in _known(row, calibration_of)])),
        ("source steps", lambda row: str(row.first.source_steps)),
        ("s/step", lambda row: _rounded(_known(row, lambda cell: cell.seconds_per_step), 2)),
        ("minutes", lambda row: _rounded([value / 60 for value in _known(row, lambda cell: cell.seconds)], 0)),
    ]
    return _markdown("row", columns, comparison.rows)


def _columns_of(comparison: Comparison, part: str) -> list[tuple[str, Callable[[Row], str]]]:
    where = "" if part == WHOLE else f"{part} "
    sets = dict.fromkeys(
        name
        for row in comparison.rows
        for cell in row.cells.values()
        if part in cell.scores
        for name, value in cell.scores[part].sets.items()
        if value is not None
    )
    columns = [(f"{where}mIoU", lambda row: spread([100 * value for value in _known(row, _miou_of(part))]))]
    for name in sets:
        size = 5 if name == SUMMED else 1
        title = f"{where}{name}{' (sum)' if name == SUMMED else ''}"
        columns.append((title, lambda row, n=name, s=size: spread([s * value for value in row.values(part, n)])))
    columns += [
        (f"{where}against source-only", lambda row: _signed(row, comparison.gains(row, part))),
        (f"{where}gap closed", lambda row: _share(row, comparison.gap(row, part))),
    ]
    return columns


def class_table(comparison: Comparison) -> str:
    """A line for each row, a column for each class."""
    names = dict.fromkeys(name for row in comparison.rows for name in comparison.by_class(row, "recall"))

    def cell(row: Row, name: str) -> str:
        iou, *others = (comparison.by_class(row, key).get(name) for key in ("iou", "precision", "recall"))
        texts = ["-" if value is None else f"{value:.0f}" for value in (iou, *others)]
        return f"{texts[0]} ({texts[1]} / {texts[2]})"

    return _markdown("row", [(name, lambda row, n=name: cell(row, n)) for name in names], comparison.rows)


def origin_table(comparison: Comparison) -> str:
    """Command, commit, version of the world, seeds, machine and threads of every row."""

    def several(row: Row, value: Callable[[Cell], object]) -> str:
        found = dict.fromkeys(str(value(cell)) for cell in row.cells.values() if value(cell) is not None)
        return "; ".join(found) or "not recorded"

    columns = [
        ("command, first seed", lambda row: f"`{row.first.command}`" if row.first.command else "beside another run"),
        ("commit", lambda row: several(row, lambda cell: cell.commit)),
        ("world", lambda row: several(row, lambda cell: cell.world) if row.first.world is not None else "-"),
        ("seeds", lambda row: " ".join(map(str, row.cells))),
        ("machine", lambda row: several(row, lambda cell: cell.processor)),
        ("threads", lambda row: several(row, lambda cell: cell.threads)),
        ("TensorFlow", lambda row: several(row, lambda cell: cell.versions.get("tensorflow"))),
    ]
    return _markdown("row", columns, comparison.rows)


def spread(values: Sequence[float]) -> str:
    """`26.6` for one seed, `26.6 (25.9 to 27.4)` for several, `n/a` for none."""
    if not values:
        return "n/a"
    text = f"{mean(values):.1f}"
    return text if len(values) == 1 else f"{text} ({min(values):.1f} to {max(values):.1f})"


def calibration_of(cell: Cell) -> float | None:
    return cell.scores[WHOLE].calibration_error


def _miou_of(part: str) -> Callable[[Cell], float | None]:
    return lambda cell: cell.scores[part].miou if part in cell.scores else None


def _known(row: Row, value: Callable[[Cell], float | None]) -> list[float]:
    return [found for cell in row.cells.values() if (found := value(cell)) is not None]


def _rounded(values: Sequence[float], digits: int) -> str:
    return f"{median(values):.{digits}f}" if values else "n/a"


def _signed(row: Row, gains: Sequence[float | None]) -> str:
    if row.is_baseline:
        return ""
    return " / ".join("n/a" if gain is None else f"{gain:+.1f}" for gain in gains)


def _share(row: Row, gap: float | None) -> str:
    return "" if row.is_baseline else "n/a" if gap is None else f"{gap:.0%}"


def _markdown(first: str, columns: Sequence[tuple[str, Callable[[Row], str]]], rows: Sequence[Row]) -> str:
    lines = [_line([first, *(title for title, _ in columns)]), "|---" * (len(columns) + 1) + "|"]
    return "\n".join(lines + [_line([row.label, *(text(row) for _, text in columns)]) for row in rows])


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(as_cell, texts))} |"


def as_cell(text: str) -> str:
    """A text that stays in its cell and is no HTML: names of rows, classes and machines are anybody's."""
    line = printable(text).replace("|", "\\|")
    return line if line.startswith("`") else line.replace("<", "&lt;")
