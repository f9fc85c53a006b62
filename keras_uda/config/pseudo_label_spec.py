"""Which options of pseudo-labels have an effect: by their policy, and by what the method of their stage reads."""

import dataclasses

from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.schema import RunConfig
from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.validation import shown
from keras_uda.core.errors import UsageError

PORTIONS = ("class_balanced", "global")
CONFIDENCES = (*PORTIONS, "confidence")
LANDMARKS = ("landmarks",)
# Option -> the policies under which it is read; the others are read under all of them.
READ_UNDER = {
    "portion": PORTIONS + LANDMARKS,
    "threshold": ("confidence",),
    "prior": CONFIDENCES,
    "label_entropy": CONFIDENCES,
    "every": PORTIONS,
    "extra_zero": PORTIONS,
    "mine": CONFIDENCES,
    "superpixels": LANDMARKS,
    "source_images": LANDMARKS,
}


def is_read(option: str, labels: PseudoLabelConfig, stage: StageConfig) -> bool:
    """Whether an option of the pseudo-labels of a stage has an effect."""
    if option == "soft":
        return "soft_label" in method_facts(stage.method).reads
    return labels.policy in READ_UNDER.get(option, (labels.policy,))


def check_pseudo_labels(run: RunConfig, name: str, stage: StageConfig, follows: bool) -> None:
    """Raises UsageError where the pseudo-labels of a stage are missing, not read, or cannot be made.

    Args:
        follows: whether a stage stands before this one.
    """
    labels, key, facts = stage.pseudo_labels, f"stages.{name}.pseudo_labels", method_facts(stage.method)
    if labels is None:
        if facts.policies:
            raise UsageError(
                key, f"{stage.method} trains on pseudo-labels, but none are configured", "Say how to make them"
            )
        return
    if not facts.policies:
        raise UsageError(key, f"{stage.method} does not read them", "Drop them")
    if not follows and run.segmenter.weights in ("imagenet", "none"):
        what = f"the first stage has no trained segmenter to label with (segmenter.weights: {run.segmenter.weights})"
        raise UsageError(key, what, "Train one in a stage before, or name its folder as segmenter.weights")
    if labels.policy not in facts.policies:
        what = f"`{labels.policy}` is not what {stage.method} learns from"
        raise UsageError(f"{key}.policy", what, f"It learns from {', '.join(facts.policies)}")
    _check_soft_labels(key, stage)
    if labels.mine and run.data.zoom == 1 and run.data.crop is None:
        raise UsageError(f"{key}.mine", f"{labels.mine}, but images are not cropped", "Set data.zoom above 1")
    if labels.soft and run.data.crop is not None:
        raise UsageError(f"{key}.soft", "soft labels are not cut (data.crop)", "Use data.zoom in place of data.crop")
    _check_unread(key, stage)


def _check_soft_labels(key: str, stage: StageConfig) -> None:
    labels, reads = stage.pseudo_labels, reads_of(stage)
    if "soft_label" in method_facts(stage.method).reads:
        if not labels.soft:
            raise UsageError(f"{key}.soft", f"{stage.method} corrects whole predictions", "Set it to true")
    elif ("soft_label" in reads) != bool(labels.label_entropy):
        what = f"label_entropy is {labels.label_entropy}, soft_labels {stage.arguments.get('soft_labels', False)}"
        raise UsageError(key, what, "Set both for LRENT, or neither")


def _check_unread(key: str, stage: StageConfig) -> None:
    """An option that nothing reads is refused, unless it is left at its default."""
    labels, defaults = stage.pseudo_labels, PseudoLabelConfig()
    for field in dataclasses.fields(labels):
        option, value = field.name, getattr(labels, field.name)
        if value == getattr(defaults, option) or is_read(option, labels, stage):
            continue
        fact = f"method `{stage.method}`" if option == "soft" else f"policy `{labels.policy}`"
        readers = ", ".join(READ_UNDER.get(option, ("methods that read soft labels",)))
        what = f"`{shown(value)}`, but nothing reads it with {fact}"
        raise UsageError(f"{key}.{option}", what, f"Drop it; it is for {readers}")
