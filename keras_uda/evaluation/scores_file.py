"""`evaluation.json`: what is read of it, with types and ranges, whoever wrote it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import ArtefactError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.core.outside import is_there
from keras_uda.evaluation.models import MODELS

FILE = "evaluation.json"
ALSO, OPEN = "also", "open_classes"  # keys of it
REMEDY = "Restore the file, or score the run again with `python -m keras_uda evaluate`"
LARGEST = 2**53  # whole numbers beyond have no exact place in a float
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=0, le=2**45)]  # so that the sum of a matrix is one of int64
ClassNames = Annotated[list[Name], Field(min_length=1, max_length=IGNORE)]


class Subset(Record):
    """Scores of some frames."""

    miou: Fraction | None = None
    class_sets: dict[Name, Fraction | None] = Field(default_factory=dict)
    calibration_error: Fraction | None = None
    confusion: list[list[Pixels]] | None = None


class Scores(Subset):
    """Scores of a model; earlier versions did not write all of them."""

    split: Text | None = None
    train_steps: Count | None = None
    miou: Fraction | None
    miou_19: Fraction | None = None
    miou_16: Fraction | None = None
    miou_13: Fraction | None = None
    per_class_iou: dict[Name, Fraction | None] = Field(default_factory=dict)
    pixels: Count | None = None
    subsets: dict[Name, Subset] = Field(default_factory=dict)


class OpenClass(Record):
    """A class of the labels that the segmenter does not have."""

    share: Fraction
    predicted: dict[Name, dict[Name, Fraction]]


class Beside(Record):
    """Scores on a domain beside the target."""

    source_only: Scores | None = None
    adapted: Scores | None = None
    change: Number | None = None


class Evaluation(Record):
    """The file."""

    source_only: Scores | None = None
    adapted: Scores | None = None
    oracle: Scores | None = None
    classes: ClassNames | None = None
    gap_closed: Number | None = None
    target_labels_read: list[Name] = Field(default_factory=list)
    open_classes: dict[Name, OpenClass] = Field(default_factory=dict)
    also: dict[Name, Beside] = Field(default_factory=dict)


def read_scores(folder: Path | str) -> dict:
    """The content of `evaluation.json` of a folder; empty where there is none.

    Raises:
        ArtefactError: damaged, an entry of another type, or a matrix without a row and a column for every class.
    """
    path = Path(folder) / FILE
    if not is_there(path):
        return {}
    content = read_json(path, Evaluation, error=ArtefactError, remedy=REMEDY)
    for model in MODELS:
        if what := misfit(content.get(model), len(content.get("classes") or ()) or None):
            raise ArtefactError(path, f"{model}.{what}", REMEDY)
    return content


def misfit(scores: dict | None, classes: int | None) -> str | None:
    """Which matrix of a model has not a row and a column for every class; None if all have.

    Args:
        scores: of the model.
        classes: their number; None: any number that is the same for both.
    """
    scores = scores or {}
    subsets = {f"subsets.{name}.": part for name, part in scores.get("subsets", {}).items()}
    for place, part in ({"": scores} | subsets).items():
        matrix = part.get("confusion")
        count = classes or len(matrix or ())
        if matrix and {len(matrix), *map(len, matrix)} != {count}:
            return f"{place}confusion must be {count} lists of {count} numbers"
    return None
