"""What a report reads of the files of a run folder, with types and ranges; what does not fit is left out and named."""

import functools
from collections.abc import Collection
from typing import Annotated
from typing import Literal

from pydantic import Field
from pydantic import TypeAdapter
from pydantic import ValidationError

from keras_uda.core.console import shortened
from keras_uda.core.json_records import KINDS
from keras_uda.core.json_records import Record
from keras_uda.evaluation.scores_file import LARGEST
from keras_uda.evaluation.scores_file import ClassNames
from keras_uda.evaluation.scores_file import Count
from keras_uda.evaluation.scores_file import Fraction
from keras_uda.evaluation.scores_file import Name
from keras_uda.evaluation.scores_file import Text

MISSING = object()
MOST_ROUNDS = 10  # leaving something out can make another key missing
WORDS = {"missing": "is missing"} | {kind: f"must be {words}" for kind, words in KINDS.items()}
Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Cell = Text | Whole | Annotated[float, Field(allow_inf_nan=False)] | bool | None


class Evaluated(Record):
    of: Text
    elsewhere: bool | None = None
    window: Annotated[float, Field(ge=0, le=1)] | None = None
    flip: bool | None = None


class Continues(Record):
    run: Text
    steps: Count


class RunRecord(Record):
    """`run.json`."""

    status: Text | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    seconds: Seconds | None = None
    git_commit: Text | None = None
    checkpoint: Text | None = None
    versions: dict[Name, Text] | None = None
    labels: dict[Name, Count] | None = None
    not_beside: dict[Name, Text] | None = None
    evaluated: Evaluated | None = None
    continues: Continues | None = None


class Domain(Record):
    name: Name | None = None
    root: Name | None = None
    size: Name | None = None
    split: Name | None = None
    eval_split: Name | None = None


class Data(Record):
    classes: ClassNames | None = None
    batch: Count | None = None
    source: Domain | None = None
    target: Domain | None = None


class Network(Record):
    name: Name | None = None
    weights: Text | None = None


class StageSettings(Record):
    method: Name | None = None
    steps: Count = 0


class Evaluating(Record):
    merge: dict[Name, Name] | None = None


class Settings(Record):
    """`config.yaml`, as far as the report speaks of it."""

    method: Name | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    data: Data | None = None
    segmenter: Network | None = None
    evaluation: Evaluating | None = None
    stages: Annotated[dict[Name, StageSettings], Field(max_length=200)] | None = None


class LogLine(Record):
    """A line of `metrics.jsonl`."""

    stage: Name
    step: Count
    time: Seconds = 0.0


class Section(Record):
    """`sections/*.json`."""

    title: Name
    text: Text | None = None
    columns: list[Cell] | None = None
    rows: list[list[Cell]] | None = None
    pictures: list[Name] | None = None


FRAME_SCORES = dict[Literal["source_only", "adapted", "oracle"], dict[str, Fraction | None]]  # of `frames/scores.json`
STAGE_SCORES = dict[str, Fraction | None]  # of `stage_scores.json`
CAPTIONS = dict[str, Text]  # of `pictures/captions.json`


class Note(Record):
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    level: Literal["note", "warning"] = "note"


def whole_parts(content: object, kind: object, units: Collection[str] = ()) -> tuple[dict, list[str]]:
    """What of a file is as it must be.

    Args:
        content: plain data of a file.
        kind: what it must be: a `Record`, or any other mapping that pydantic knows.
        units: keys whose value is left out as one, whatever in it does not fit; elsewhere the innermost mapping loses
            the one entry.
    Returns:
        (the content without what does not fit, a line for each value that was left out).
    """
    if not isinstance(content, dict):
        return {}, ["it must be a mapping"]
    problems = []
    for _ in range(MOST_ROUNDS):
        try:
            _adapter(kind).validate_python(content, strict=True)
            return content, problems
        except ValidationError as error:
            content = _without(content, error, units, problems)
        if content is None:
            break
    return {}, problems


def _without(content: dict, error: ValidationError, units: Collection[str], problems: list[str]) -> dict | None:
    """The content without the values that an error names, which are added to the problems; None: nothing is left."""
    kept = _copied(content)
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(shortened(str(part)) for part in mistake["loc"])
        what = WORDS.get(mistake["type"], f"({mistake['msg']})")
        path = _path(content, mistake["loc"], units)
        if not path:  # what the whole cannot do without
            problems.append(f"{where} {what}")
            return None
        place = kept
        for key in path[:-1]:
            place = place.get(key, {})
        if place.pop(path[-1], MISSING) is not MISSING:
            problems.append(f"{where} {what}")
    return kept


def _copied(content: object) -> object:
    return {key: _copied(value) for key, value in content.items()} if isinstance(content, dict) else content


def _path(content: object, location: tuple, units: Collection[str]) -> list[str]:
    """The keys down to the entry that is left out for a mistake."""
    path = []
    for key in location:
        if not isinstance(content, dict) or key not in content:
            break
        path.append(key)
        if key in units:
            break
        content = content[key]
    return path


_adapter = functools.cache(TypeAdapter)
