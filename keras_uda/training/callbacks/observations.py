"""What a callback observes of a stage, on disk, so that a resumed run goes on with all of it."""

import json
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.runs.folder import read_json


class Observations:
    """Values observed after steps of a stage, in order.

    Args:
        path: of the file.
        resumed_step: the step that the state was restored at; what was observed after it is observed again.

    Attributes:
        lines: of each observation its step, and the values by name.
    """

    def __init__(self, path: Path, resumed_step: int):
        known = read_json(path) or []
        self.path, self.lines = path, [line for line in known if line["step"] <= resumed_step]

    def add(self, step: int, **values: object) -> None:
        self.lines.append({"step": step, **values})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path, json.dumps(self.lines))

    def of(self, key: str) -> list:
        """The values of one name, without those that are None."""
        return [line[key] for line in self.lines if line[key] is not None]
