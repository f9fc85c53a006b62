"""`metrics.jsonl`: what the log of a run holds, whole after a kill."""

import json
import os
import time
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described
from keras_uda.core.json_records import read_json_lines
from keras_uda.core.outside import appended
from keras_uda.runs.record import Count
from keras_uda.runs.record import Seconds


class Line(Record):
    """One line of the log; every further value is a number."""

    __pydantic_extra__: dict[str, described(float, "a number")]

    stage: str
    step: Count
    time: Seconds = 0.0


class MetricsLog:
    """`metrics.jsonl`: one line per log step, no step twice and none missing after a resume.

    Args:
        path: the file.
        stage: name of the stage; lines of this stage after `resumed_step` are dropped first.
        resumed_step: the step that the state was restored at.
    """

    def __init__(self, path: Path, stage: str, resumed_step: int):
        self.path, self.stage = path, stage
        kept = [line for line in read_metrics(path) if line["stage"] != stage or line["step"] <= resumed_step]
        atomic_write(path, "".join(json.dumps(line) + "\n" for line in kept))
        self.seconds_before = max((line.get("time", 0.0) for line in kept), default=0.0)
        self.lines = kept
        self._began = time.monotonic()

    def write(self, step: int, **values: float) -> None:
        seconds = round(self.seconds_before + time.monotonic() - self._began, 2)
        line = json.dumps({"stage": self.stage, "step": step, "time": seconds, **values})
        with appended(self.path) as stream:
            stream.write(line + "\n")


def read_metrics(path: Path) -> list[dict]:
    """The whole lines of a `metrics.jsonl`; a last line cut by a kill is left out.

    Raises:
        ArtefactError: it is there, and no regular file or too large.
    """
    if not os.path.lexists(path):
        return []
    lines = [line for _, line in read_json_lines(path, Line, error=ArtefactError, remedy="Restore or remove it")]
    whole = [line for line in lines if isinstance(line, dict)]
    if damaged := len(lines) - len(whole):
        warn(f"{path}: damaged lines were dropped: {damaged}")
    return whole
