"""What a watcher saw of a stage, on disk, so that a resumed run goes on watching where it was."""

import json
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.runs.folder import read_json


class Looks:
    """Looks at the predictions of a stage, in order.

    Args:
        path: of the file.
        resumed_step: the step that the state was restored at; what was seen after it is seen again.

    Attributes:
        lines: of each look its step, and what was seen.
    """

    def __init__(self, path: Path, resumed_step: int):
        known = read_json(path) or []
        self.path, self.lines = path, [line for line in known if line["step"] <= resumed_step]

    def add(self, step: int, **seen: object) -> None:
        self.lines.append({"step": step, **seen})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path, json.dumps(self.lines))

    def of(self, key: str) -> list:
        """What the looks saw of one thing, where they saw it."""
        return [line[key] for line in self.lines if line[key] is not None]
