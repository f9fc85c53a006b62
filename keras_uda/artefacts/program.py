"""Whether a SavedModel, which is a program, may be run: what lists it, and what it does besides arithmetic.

The record of an export lists a hash, and whoever made the folder made both. No export of ours reaches a file, the
network or Python, so what does is refused even where it is listed.
"""

from pathlib import Path

from keras_uda.artefacts import manifest
from keras_uda.artefacts.trial import LIMITS
from keras_uda.core import apart
from keras_uda.core.console import warn
from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import require_regular

SHOWN_OPS, LISTED_OPS = 4, 200  # in the line of a refusal; in a line before it
SMALL_GRAPH = 8_000_000  # bytes that take at most some hundred megabytes to read; a larger graph is read apart
TRUST = "Add --trust-model if you trust where it comes from"


def require_harmless(folder: Path, listed: bool, remedy: str = TRUST) -> None:
    """Raises `ArtefactError` for a SavedModel that no `export.json` lists, or that reaches out.

    Args:
        folder: of `saved_model.pb`.
        listed: whether a record has its hash, and it has been compared.
        remedy: of the refusal.
    """
    risky = _risky_ops(folder)
    if listed and not risky:
        return
    if len(risky) > SHOWN_OPS:
        warn(f"{folder} holds {', '.join(risky[:LISTED_OPS])}")
    more = f" and {len(risky) - SHOWN_OPS} more, listed above" if len(risky) > SHOWN_OPS else ""
    found = f"{', '.join(risky[:SHOWN_OPS])}{more}"
    if listed:
        raise ArtefactError(folder, f"holds {found}, which no export of ours does: it is a program", remedy)
    what = f"no {manifest.MANIFEST} beside it lists its hash, and a SavedModel is a program"
    raise ArtefactError(folder, f"{what}; this one holds {found}" if risky else what, remedy)


def _risky_ops(folder: Path) -> list[str]:
    """`risky_ops`; how much memory a graph takes is in no header, so a large one is read in a process of its own."""
    from keras_uda.artefacts.op_scan import LARGEST_GRAPH
    from keras_uda.artefacts.op_scan import risky_ops

    path = folder / "saved_model.pb"
    if require_regular(path, LARGEST_GRAPH, error=ArtefactError, remedy="Export again") <= SMALL_GRAPH:
        return risky_ops(folder)
    try:
        return apart.limited(LIMITS, risky_ops, folder)
    except apart.Exceeded as error:
        raise ArtefactError(folder, str(error), "Export again") from error
