"""Cells of one pair of domains side by side: rows over their seeds, each beside baselines of as many source steps."""

from collections.abc import Sequence
from statistics import mean

from keras_uda.config.names import BASELINES
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.evaluation.cells import COMPARED_SET
from keras_uda.evaluation.cells import WHOLE
from keras_uda.evaluation.cells import Cell


class Row:
    """All seeds of one row of one length.

    Args:
        label: what it is called.
        cells: by seed.
    """

    def __init__(self, label: str, cells: dict[int, Cell]):
        self.label, self.cells = label, dict(sorted(cells.items()))
        self.first = next(iter(self.cells.values()))

    @property
    def is_baseline(self) -> bool:
        return self.first.row in BASELINES

    def values(self, part: str, name: str = "") -> list[float]:
        """One number for each seed that has it, in percent: of a class set, or without a name the compared mean."""
        found = [cell.scores[part] for cell in self.cells.values() if part in cell.scores]
        numbers = [one.sets.get(name) if name else one.compared for one in found]
        return [100 * number for number in numbers if number is not None]


class Comparison:
    """What tables and plots show of the cells of one file."""

    def __init__(self, cells: Sequence[Cell]):
        groups: dict[tuple[str, int], dict[int, Cell]] = {}
        for cell in cells:
            groups.setdefault((cell.row, cell.source_steps), {})[cell.seed] = cell
        lengths: dict[str, list[int]] = {}
        for row, steps in groups:
            lengths.setdefault(row, []).append(steps)
        self.rows = []
        for (row, steps), found in sorted(groups.items(), key=lambda item: (place_of(item[0][0]), item[0])):
            several = len(lengths[row]) > 1
            self.rows.append(Row(f"{row}, {steps} steps" if several else row, found))
        self._by_run = {(cell.row, cell.seed, cell.source_steps, cell.setting): cell for cell in cells}

    @property
    def parts(self) -> list[str]:
        """`whole`, and the subsets of the frames."""
        return list(dict.fromkeys(part for row in self.rows for cell in row.cells.values() for part in cell.scores))

    @property
    def compared(self) -> str:
        """What is compared: `mIoU`, or the name of the class set."""
        scores = [cell.scores[WHOLE] for row in self.rows for cell in row.cells.values()]
        return f"mean of {COMPARED_SET}" if any(COMPARED_SET in one.sets for one in scores) else "mIoU"

    def beside(self, cell: Cell, method: str, part: str = WHOLE) -> float | None:
        """The score of a baseline of the same seed, length and setting in percent; None where it is not there."""
        other = self._by_run.get((method, cell.seed, cell.source_steps, cell.setting))
        score = other.scores[part].compared if other is not None and part in other.scores else None
        return None if score is None else 100 * score

    def gains(self, row: Row, part: str = WHOLE) -> list[float | None]:
        """The difference to source-only, seed by seed, in points."""
        pairs = [(_percent(cell, part), self.beside(cell, "source_only", part)) for cell in row.cells.values()]
        return [None if None in pair else pair[0] - pair[1] for pair in pairs]

    def gap(self, row: Row, part: str = WHOLE) -> float | None:
        """Share of the way from source-only to the oracle, over the seeds that have all three."""
        gained = distance = 0.0
        for cell in row.cells.values():
            own, source, oracle = _percent(cell, part), *(self.beside(cell, method, part) for method in BASELINES)
            if None not in (own, source, oracle):
                gained, distance = gained + own - source, distance + oracle - source
        return gained / distance if distance > 0 else None

    def by_class(self, row: Row, quantity: str, part: str = WHOLE) -> dict[str, float]:
        """Mean over the seeds of `iou`, `precision` or `recall` of each class, in percent."""
        found: dict[str, list[float]] = {}
        for cell in row.cells.values():
            for name, value in (getattr(cell.scores[part], quantity) if part in cell.scores else {}).items():
                if value is not None:
                    found.setdefault(name, []).append(100 * value)
        return {name: mean(values) for name, values in found.items()}


def place_of(row: str) -> tuple[int, str]:
    """Rows stand in the order of the methods; what has a name of its own comes after them."""
    order = [one for name in RUN_METHODS for one in (name, *(f"{name}_{kind}" for kind in WEAK_LABELS))]
    return order.index(row) if row in order else len(order), row


def _percent(cell: Cell, part: str) -> float | None:
    score = cell.scores[part].compared if part in cell.scores else None
    return None if score is None else 100 * score
