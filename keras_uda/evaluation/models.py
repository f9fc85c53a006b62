"""Who is scored: the three models of `evaluation.json`, and which of them a run is."""

from collections.abc import Mapping

from keras_uda.config.names import BASELINES

ADAPTED, SOURCE_ONLY = "adapted", "source_only"
MODELS = {SOURCE_ONLY: "source-only", ADAPTED: "adapted", "oracle": "oracle"}  # entry -> what it is called in texts


def model_of(method: str) -> str:
    """The entry that the segmenter of a run has, by its method: a baseline has one of its own, all others share one."""
    return method if method in BASELINES else ADAPTED


def own_scores(content: Mapping, method: str) -> dict | None:
    """The scores of a run itself.

    Args:
        content: of its `evaluation.json`.
        method: of the run.
    Returns:
        Its entry; None without labels to score with.
    """
    return content.get(model_of(method))
