"""The files that hold cells: one for each pair of domains and version of the world, so that versions never mix."""

import json
from collections.abc import Sequence
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import UsageError
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.core.locks import exclusive
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import is_there
from keras_uda.core.outside import opened
from keras_uda.evaluation.cells import Cell

LARGEST_CELLS = 256 * MEGABYTE
REMEDY = "Move it away, or choose another --results: it holds no cells"


class Cells(Record):
    """Content of a file."""

    cells: list[Cell]


def file_of(results: Path, cell: Cell) -> Path:
    """`sim_to_street-world2.json`; without the version where no domain is of the built-in world."""
    return results / (f"{cell.pair}.json" if cell.world is None else f"{cell.pair}-world{cell.world}.json")


def files_in(results: Path) -> list[Path]:
    """The files of a folder that hold cells, by name."""
    found = sorted(path for path in results.glob("*_to_*.json") if path.is_file())
    return [path for path in found if b'"cells"' in _beginning(path)]


def _beginning(path: Path) -> bytes:
    with opened(path) as stream:
        return stream.read(200)


def read_cells(path: Path) -> list[Cell]:
    """The cells of a file; none where there is no file.

    Raises:
        UsageError: a file of this name that holds something else.
    """
    if not is_there(path):
        return []
    return Cells(**read_json(path, Cells, LARGEST_CELLS, error=UsageError, remedy=REMEDY)).cells


def add_cells(results: Path, cells: Sequence[Cell]) -> list[Path]:
    """Puts cells into their files; one of the same row, seed and length is replaced.

    What was scored beside another run never replaces what came from a run of its own.

    Returns:
        The files that were written; without cells nothing is, not even the folder.
    """
    if not cells:
        return []
    with resource_errors(results):
        results.mkdir(parents=True, exist_ok=True)
    files: dict[Path, list[Cell]] = {}
    for cell in cells:
        files.setdefault(file_of(results, cell), []).append(cell)
    with exclusive(results / "lock", results, "Wait for the other command"):
        for path, new in files.items():
            by_key = {_key(cell): cell for cell in read_cells(path)}
            for cell in new:
                if cell.command is not None or by_key.get(_key(cell), cell).command is None:
                    by_key[_key(cell)] = cell
            kept = sorted(by_key.values(), key=_key)
            lines = ",\n".join(json.dumps(cell.model_dump(), ensure_ascii=False, allow_nan=False) for cell in kept)
            atomic_write(path, f'{{"cells": [\n{lines}\n]}}\n')
    return list(files)


def _key(cell: Cell) -> tuple:
    return cell.row, cell.source_steps, cell.seed
