"""A section of the report: the same models on labelled domains beside the target."""

from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.scores_file import ALSO
from keras_uda.report.facts import points
from keras_uda.report.inputs import Inputs

TEXT = (
    "Labelled frames of other domains, on which nothing was trained. Where the change is below zero, adapting to the "
    "target did harm there."
)


def also_sections(inputs: Inputs) -> list[dict]:
    """The section, if `evaluation.also` named domains."""
    entries = inputs.evaluation.get(ALSO) or {}
    rows = [[label, *_scores_of(one), points(one.get("change"))] for label, one in entries.items()]
    columns = ["domain", "source-only, mIoU in %", "adapted, mIoU in %", "change in points"]
    section = {"title": "On other domains", "text": TEXT, "columns": columns, "rows": rows, "pictures": []}
    return [section] if rows else []


def _scores_of(entry: dict) -> list[str]:
    return [percent((entry.get(name) or {}).get("miou")) for name in ("source_only", "adapted")]
