"""What a report says of scores that `evaluate` made after the training, and of models that are not beside a run."""

from keras_uda.report.inputs import Inputs

EVALUATED_ALONE = {
    "source_only": "none was found; --source-only RUN names one",
    "oracle": "the run's oracle learnt from labels of another target, or was not found",
    "adapted": "the run is a baseline",
}


def title(inputs: Inputs, source: str, target: str) -> str:
    """What was trained, or what was scored afterwards."""
    if inputs.evaluated:
        return f"{inputs.evaluated['of']} on {target}"
    return f"{inputs.method}: {target}" if inputs.main == "oracle" else f"{inputs.method}: {source} → {target}"


def why_missing(inputs: Inputs, model: str) -> str:
    """Why a model is not beside the run, as far as its record says."""
    known = inputs.record.get("not_beside") or {}
    if model in known:
        return known[model]
    if inputs.evaluated:
        return EVALUATED_ALONE[model]
    if inputs.main != "adapted":
        return "it is another run"
    labels = " where the target's training images have labels" if model == "oracle" else ""
    return f"--baselines all, the default, trains it{labels}"


def scored_how(inputs: Inputs) -> str:
    """What `evaluate` did beyond the usual; empty for the scores of a run itself."""
    again = inputs.evaluated
    texts = ["By `evaluate`, after training"] if again else []
    if again.get("window") is not None:
        texts.append(f"frames in windows of the network's size that share {again['window']:g} of their width")
    texts += ["the mirror image counts as well"] if again.get("flip") else []
    return "; ".join(texts) + "." if texts else ""
