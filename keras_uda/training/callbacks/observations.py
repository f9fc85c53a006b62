"""What a callback observes of a stage, on disk, so that a resumed run goes on with all of it."""

import json
import os
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.core.json_records import Record
from keras_uda.runs.folder import read_json
from keras_uda.runs.record import Count


class Observation(Record):
    """What is known of every observation; each further value is a number, some of them, or None."""

    __pydantic_extra__: dict[str, float | list[float] | None]

    step: Count


class Observations:
    """Values observed after steps of a stage, in order.

    Args:
        path: of the file.
        resumed_step: the step that the state was restored at; what was observed after it is observed again.

    Attributes:
        lines: of each observation its step, and the values by name.
    """

    def __init__(self, path: Path, resumed_step: int):
        known = read_json(path, list[Observation]) or []
        self.path, self.lines = path, [line for line in known if line["step"] <= resumed_step]
        if not known and os.path.lexists(path):
            warn(f"{path}: damaged; what was observed before step {resumed_step} is not known")

    def add(self, step: int, **values: object) -> None:
        self.lines.append({"step": step, **values})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path, json.dumps(self.lines))

    def of(self, key: str) -> list:
        """The values of one name, without those that are None."""
        return [line[key] for line in self.lines if line[key] is not None]
