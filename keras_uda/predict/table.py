"""A table that grows line by line beside the outputs, so that a killed call can be continued."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.files import resource_errors
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_text

LARGEST_TABLE = 500 * MEGABYTE


class Rows:
    """Rows by the text of their first column; the last one with the same text counts.

    Args:
        path: of the CSV file.
        columns: names.
        resume: keep the rows that are there.
    """

    def __init__(self, path: Path, columns: tuple[str, ...], resume: bool):
        self.path, self.columns = path, columns
        self.earlier = self._read() if resume else {}
        self._rows: dict[str, list[str]] = {}
        with resource_errors(path):
            self._stream = path.open("a" if self.earlier else "w", encoding="utf-8", newline="", buffering=1)
        if not self.earlier:
            self._write(columns)

    def _read(self) -> dict[str, list[str]]:
        if not self.path.is_file():
            return {}
        text = read_text(self.path, LARGEST_TABLE, damaged="replace", remedy="Remove it, or leave out --resume")
        whole = text[: text.rfind("\n") + 1]  # a killed writer leaves half a line
        try:
            rows = list(csv.reader(io.StringIO(whole)))
        except csv.Error:
            return {}
        if not rows or tuple(rows[0]) != self.columns:
            return {}
        return {row[0]: row for row in rows[1:] if len(row) == len(self.columns)}

    def add(self, *values: object) -> None:
        """Appends a row; None becomes an empty cell, a float gets six decimals."""
        row = ["" if v is None else str(round(v, 6) if isinstance(v, float) else v) for v in values]
        self._rows[row[0]] = row
        self._write(row)

    def _write(self, row: object) -> None:
        with resource_errors(self.path):
            csv.writer(self._stream, lineterminator="\n").writerow(row)

    def finish(self, keys: Iterable[object]) -> None:
        """Writes the table once more, whole: a row of each key that has one, in this order.

        Args:
            keys: texts of the first column.
        """
        known = self.earlier | self._rows
        self._rows = {str(key): known[str(key)] for key in keys if str(key) in known}
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.columns, *self._rows.values()])
        atomic_write(self.path, text.getvalue())

    def column(self, name: str) -> list[str]:
        return [row[self.columns.index(name)] for row in self._rows.values()]

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_: object) -> None:
        with resource_errors(self.path):
            self._stream.close()
