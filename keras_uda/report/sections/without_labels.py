"""A section of the report: adapted against source-only on target frames whose labels nobody opened."""

import json
from collections.abc import Mapping
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import ADAPTED
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import SOURCE_ONLY

COLUMNS = ["source-only", "adapted", "share of the pixels", "source-only keeps it in the mirror image",
           "adapted keeps it", "seems"]  # fmt: skip


def write_comparison_section(folder: Path, content: Mapping) -> None:
    """Writes `sections/without_labels.json`.

    Args:
        folder: of the run.
        content: what stands under `without_labels` in `evaluation.json`.
    """
    section = {
        "title": "Adapted against source-only, without labels",
        "text": text_of(content),
        "columns": COLUMNS,
        "rows": [row_of(move) for move in content["moves"]],
    }
    (folder / "sections").mkdir(exist_ok=True)
    atomic_write(folder / "sections" / "without_labels.json", json.dumps(section, indent=1))


def row_of(move: Mapping) -> list[str]:
    shares = [f"{percent(move[key])} %" for key in ("share", "kept_before", "kept_after")]
    return [move["before"], move["after"], *shares, "worse" if move["doubtful"] else "better"]


def text_of(content: Mapping) -> str:
    """What was compared, and what came out."""
    before, after = (percent(content[who]["score"]) for who in (SOURCE_ONLY, ADAPTED))
    verdict = "hurt" if content["better"] == SOURCE_ONLY else "helped"
    return (
        f"On {content['frames']} target frames without labels, adaptation seems to have {verdict}. A prediction that "
        f"is right is the same for an image and its mirror image: the mean IoU of the two is {before} % for "
        f"source-only and {after} % for adapted, over the classes that source-only predicts. This is an "
        f"indication, not a score. {distance_of(content)}The segmenter of this run is the {MODELS[content['kept']]} "
        f"one. The table shows which pixels changed their class."
    )


def distance_of(content: Mapping) -> str:
    """How far apart both networks see the domains; nothing without a source."""
    if "distance" not in content:
        return ""
    before, after = (f"{content['distance'][who]:.2f}" for who in (SOURCE_ONLY, ADAPTED))
    return (
        f"The covariances of pooled features of source and target differ by {before} of their size for source-only and "
        f"by {after} for adapted: methods that align features make this smaller, which does not make them right. "
    )
