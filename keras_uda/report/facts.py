"""What the report states in words: the headline, and the statements that make a number an honest one."""

from keras_uda.config.names import NO_SOURCE
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.open_classes import sentence as sentence_of_open
from keras_uda.evaluation.scores_file import OPEN
from keras_uda.report.afterwards import scored_how
from keras_uda.report.afterwards import title
from keras_uda.report.afterwards import why_missing
from keras_uda.report.inputs import Inputs
from keras_uda.report.shares import shares

PURPOSES = {
    "evaluation": "to score the held-out split",
    "weak labels": "as weak labels (tags or points) for training",
    "selection": "to choose a checkpoint",
    "training": "to train on",
    "oracle": "to train the oracle, a separate network",
}
READ_BY_TRAINING = ("weak labels", "selection", "training")


def points(change: float | None) -> str:
    """0.0123 -> `+1.2`; with a true minus sign, no sign where it rounds to 0; None -> an empty text."""
    if change is None:
        return ""
    text = f"{100 * change:+.1f}".replace("-", "−")
    return "0.0" if text[1:] == "0.0" else text


def share(gap: float) -> str:
    """0.456 -> `46`, with a true minus sign."""
    return percent(gap, 0).replace("-", "−")


def difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def duration_in_words(seconds: float) -> str:
    """75 -> `1 min 15 s`, 3700 -> `1 h 2 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def headline(inputs: Inputs) -> dict:
    """Title, one sentence, and the numbers of the models with their places on a common scale."""
    source, target = inputs.domain("source"), inputs.domain("target")
    miou = {model: scores.get("miou") for model, scores in inputs.scored.items()}
    known = {model: value for model, value in miou.items() if value is not None}
    gap = inputs.evaluation.get("gap_closed")
    return {
        "title": title(inputs, source, target),
        "sentence": sentence(known, gap, inputs),
        "models": [{"key": model, "name": MODELS[model], "miou": miou[model]} for model in miou],
        "missing": [(MODELS[model], why_missing(inputs, model)) for model in MODELS if model not in miou and known],
        "places": places(known),
        "gap": gap,
        "gain": difference(known.get("adapted"), known.get("source_only")),
    }


NO_HEADLINE = {"title": "A run", "sentence": "", "models": [], "missing": [], "places": {}, "gap": None, "gain": None}
UNLABELLED = (
    "The target has no labels to score with, so nothing on this page is a score. What can be shown without labels: "
    "predictions side by side, how certain they are, and how much of the image each class takes."
)
ALONE = (
    "On {frames} the adapted network reaches {adapted} % mIoU. Without a source-only network to compare with, the gain "
    "from adaptation is unknown ({why})."
)


def sentence(miou: dict[str, float], gap: float | None, inputs: Inputs) -> str:
    """The result in words."""
    if not miou:
        return UNLABELLED
    count = scored_frames(inputs)
    frames = f"{count} held-out frames" if count else "the held-out frames"
    known = {model: percent(value) for model, value in miou.items()}
    if "adapted" not in miou:
        return (
            f"On {frames}, "
            + " and ".join(f"the {MODELS[m]} network reaches {v} % mIoU" for m, v in known.items())
            + "."
        )
    if "source_only" not in miou:
        return ALONE.format(frames=frames, why=why_missing(inputs, "source_only"), **known)
    verb = "rises" if miou["adapted"] >= miou["source_only"] else "falls"
    text = f"On {frames}, mIoU {verb} from {known['source_only']} % without adaptation to {known['adapted']} % with it"
    if "oracle" not in miou:
        return f"{text}."
    if gap is not None and gap >= 0:
        return f"{text}: {percent(gap, 0)} % of the way to a network trained with target labels ({known['oracle']} %)."
    end = ", which leaves no gap to close" if gap is None else ""
    return f"{text}. A network trained with target labels reaches {known['oracle']} %{end}."


def scored_frames(inputs: Inputs) -> int:
    return max((len(scores) for scores in inputs.frame_scores.values()), default=0)


def places(miou: dict[str, float]) -> dict[str, float]:
    """Where the values lie on a scale of 0 to 100 that leaves room on both sides."""
    if len(miou) < 2:
        return {}
    low, high = min(miou.values()), max(miou.values())
    room = max(0.16 * (high - low), 0.004)
    return {model: 100 * (value - low + room) / (high - low + 2 * room) for model, value in miou.items()}


def statements(inputs: Inputs) -> list[tuple[str, str]]:
    """(subject, plain statement): what was read, chosen, scored and run."""
    rows = [
        ("Target labels", target_labels(inputs)),
        ("Checkpoint", str(inputs.record.get("checkpoint") or checkpoint(inputs))),
        ("Scored on", scored_on(inputs)),
        ("Scored how", scored_how(inputs)),
        ("Source-only", baseline(inputs)),
        ("Shares", shares(inputs)),
        ("Classes", merging(inputs)),
        ("Open classes", opened(inputs)),
        ("Seed", seed(inputs)),
        ("Training", training(inputs)),
        ("Network", network(inputs)),
        ("Code", code(inputs)),
    ]
    return [(subject, text) for subject, text in rows if text]


def target_labels(inputs: Inputs) -> str:
    if "target_labels_read" not in inputs.evaluation:
        return "Not recorded in this run folder."
    read = inputs.evaluation["target_labels_read"]
    if inputs.main == "oracle":  # here the run itself is the network that trains on them
        read = ["training" if purpose == "oracle" else purpose for purpose in read]
    if not read:
        return "Never read."
    counts = inputs.record.get("labels") or {}
    counts = {"training": counts.get("oracle")} | counts
    uses = [
        PURPOSES.get(purpose, purpose) + (f" ({counts[purpose]} files)" if counts.get(purpose) else "")
        for purpose in read
    ]
    own = set(read) & set(READ_BY_TRAINING)
    reading = "" if own else " Adaptation itself read none." if inputs.main == "adapted" else " Its training read none."
    return f"Read {' and '.join(uses)}.{reading}"


def checkpoint(inputs: Inputs) -> str:
    if "selection" in inputs.evaluation.get("target_labels_read", ()):
        return "Chosen with target labels: the score is higher than it would be for somebody without labels."
    return "The last one; it was not chosen by a score."


def scored_on(inputs: Inputs) -> str:
    scores = inputs.scored.get(inputs.main) or next(iter(inputs.scored.values()), None)
    if scores is None:
        return "Nothing: no labelled target frames were given."
    frames = scored_frames(inputs)
    parts = [f"Split “{scores.get('split')}” of {inputs.domain('target')}"]
    parts += [f"{frames} frames"] if frames else []
    parts += [f"{scores['pixels']:,} labelled pixels".replace(",", "\u202f")] if scores.get("pixels") else []
    target = inputs.setting("data", "target", default={})
    if inputs.evaluated.get("elsewhere"):
        return ", ".join(parts) + ". Scored afterwards: whether training used these frames was not checked."
    if target.get("split") == target.get("eval_split") and "split" in target:
        return ", ".join(parts) + ". The images of this split were used for training too, so the score is not held out."
    return ", ".join(parts) + ". These frames were not used for training, not even without labels."


def baseline(inputs: Inputs) -> str:
    if inputs.main != "adapted" or inputs.evaluated.get("elsewhere") or "source_only" not in inputs.scored:
        return ""
    steps = inputs.scored["source_only"].get("train_steps")
    if inputs.setting("data", "source", "name") == NO_SOURCE:
        weights = inputs.setting("segmenter", "weights")
        return f"The model that the run was given ({weights}), as it came: the run has no source to train one on."
    return (
        f"Same initial weights, seed, order of source images, schedule and number of source batches ({steps}) as the \
adapted network."
    )


def merging(inputs: Inputs) -> str:
    text = ", ".join(f"{predicted} as {merged}" for predicted, merged in inputs.merge.items())
    if not text:
        return ""
    text = f"Predictions are merged before they are scored, because the target distinguishes fewer classes: {text}."
    matrix = next((scores["confusion"] for scores in inputs.scored.values() if scores.get("confusion")), [])
    lost = [name for name, row in zip(inputs.classes, matrix, strict=False) if name in inputs.merge and sum(row)]
    return text + (f" But the ground truth has {', '.join(lost)}, which can only score 0." if lost else "")


def opened(inputs: Inputs) -> str:
    """Classes that the target's labels name and the network does not have."""
    content = inputs.evaluation.get(OPEN)
    return sentence_of_open(content, inputs.main) if content else ""


def seed(inputs: Inputs) -> str:
    value = inputs.record.get("seed", inputs.setting("seed"))
    return "" if value is None else f"{value}. One run: this page cannot show the spread over seeds."


def training(inputs: Inputs) -> str:
    stages = inputs.setting("stages", default={})
    steps = [stage.get("steps", 0) for stage in stages.values() if isinstance(stage, dict)]
    if not steps:
        return ""
    text = f"{sum(steps)} steps" + (
        f" in {len(steps)} stages ({' + '.join(map(str, steps))})" if len(steps) > 1 else ""
    )
    before = inputs.record.get("continues") or {}
    if before:
        text += f", continuing from {before['run']} ({before['steps']} steps before)"
    reached = inputs.scored.get(inputs.main, {}).get("train_steps")
    reached = None if reached is None else reached - before.get("steps", 0)
    if reached is not None and reached < sum(steps):
        text += f", of which {reached} are in the network, because a stage was set back to its last healthy state"
    batch = inputs.setting("data", "batch")
    own = [f"{name}: {one['batch']}" for name, one in stages.items() if isinstance(one, dict) and one.get("batch")]
    text += f", {batch} images per domain and step" if batch else ""
    text += f" ({', '.join(own)})" if batch and own else ""
    seconds = inputs.record.get("seconds")
    spent = (
        f"; {duration_in_words(seconds)} in total, with scoring and the baselines trained on the way" if seconds else ""
    )
    return f"{text}{spent}."


def network(inputs: Inputs) -> str:
    name, size = inputs.setting("segmenter", "name"), inputs.setting("data", "target", "size")
    if name is None:
        return ""
    weights = inputs.setting("segmenter", "weights", default="none")
    start = {"none": "random weights", "imagenet": "ImageNet weights"}.get(weights, f"weights from {weights}")
    return f"{name} from {start}" + (f", target images at {size.replace('x', ' × ')}." if size else ".")


def code(inputs: Inputs) -> str:
    versions = inputs.record.get("versions") or {}
    parts = [f"{package} {number}" for package, number in versions.items()]
    commit = inputs.record.get("git_commit")
    if commit:
        dirty = commit.endswith("-dirty")
        parts.insert(0, f"commit {commit.removesuffix('-dirty')}" + (" with uncommitted changes" if dirty else ""))
    return ", ".join(parts)
