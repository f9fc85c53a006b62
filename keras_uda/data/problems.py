"""Collects every bad file of a folder before saying anything: one line for the screen, the whole list as notes."""

from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import DataError

SHOWN = 3
LISTED = 10_000


class Problem(NamedTuple):
    """A file and what is wrong with it."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def data_error(where: object, problems: list[Problem], of: int, remedy: str, listing: Path | None = None) -> DataError:
    """One `DataError` for all problems; every one of them is in its notes (logs, --debug, doctor).

    Args:
        where: the folder.
        problems: at least one.
        of: how many files were looked at.
        remedy: what to do.
        listing: file that holds the whole list, if one was written.
    """
    first = "; ".join(f"{name} ({reason})" for name, reason in problems[:SHOWN])
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    what = f"{len(problems)} of {of} files cannot be used: {first}{more}"
    error = DataError(where, what, f"{remedy} (list: {listing})" if listing and more else remedy)
    error.problems = problems
    for problem in problems[:LISTED]:
        error.add_note(str(problem))
    return error
