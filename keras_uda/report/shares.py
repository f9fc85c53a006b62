"""Which part of the images each of several sources or targets has, in words."""

import math

from keras_uda.config.several import LISTS
from keras_uda.report.inputs import Inputs
from keras_uda.report.inputs import called


def shares(inputs: Inputs) -> str:
    """One sentence for each side that is a list; empty where both are one domain."""
    said = []
    for side, name in LISTS.items():
        entries = inputs.setting("data", name)
        drawn = [entry for entry in entries if _share(entry)] if isinstance(entries, list) else []
        total = sum(map(_share, drawn))
        parts = [f"{100 * _share(entry) / total:.3g} % from {called(entry)}" for entry in drawn]
        said += [f"Of the images of the {side}, {', '.join(parts)}."] if len(parts) > 1 else []
    return " ".join(said)


def _share(entry: object) -> float:
    """The share of an entry; 0 where the file of a stranger has none that can be meant."""
    share = entry.get("share", 1.0) if isinstance(entry, dict) else 0.0
    known = isinstance(share, int | float) and math.isfinite(share) and share > 0
    return float(share) if known else 0.0
