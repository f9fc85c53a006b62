"""What one field of a configuration cannot know of another."""

import json
import re

from keras_uda.config.argument_ranges import check_arguments
from keras_uda.config.method_spec import fits
from keras_uda.config.method_spec import method_arguments
from keras_uda.config.method_spec import method_parts
from keras_uda.config.method_spec import trains_every_level
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import METHODS
from keras_uda.config.schema import ON_PSEUDO_LABELS
from keras_uda.config.schema import ON_SOFT_LABELS
from keras_uda.config.schema import ON_SOME_TARGET_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import StageConfig
from keras_uda.config.unread import check_unread
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean


def check(run: RunConfig) -> None:
    """What one field cannot know of another; names both keys.

    Raises:
        UsageError: unknown method, a weak mode for a method that has none, bad method arguments, no stages.
    """
    if run.method not in METHODS:
        raise UsageError("method", f"`{run.method}` is not a method", did_you_mean(run.method, METHODS))
    for name, stage in run.stages.items():
        if not re.fullmatch(r"\w[\w-]{0,63}", name):  # it becomes a folder and a part of flags
            raise UsageError(f"stages.{name}", f"`{name}` is not a name", "Use letters, digits, _ and -")
        if stage.method not in EVERY_METHOD:
            what, hint = f"`{stage.method}` is not a method", did_you_mean(stage.method, EVERY_METHOD)
            raise UsageError(f"stages.{name}.method", what, hint)
    if not run.stages:
        raise UsageError("stages", "the configuration has no stage", "Give at least one under `stages:`")
    if run.weak is not None and run.method != "weaklabel":
        raise UsageError("--weak", f"`{run.weak}` has no meaning for --method {run.method}", "Use --method weaklabel")
    given = [key for key in ("weak_labels", "weak_images") if getattr(run.data, key) is not None]
    if given and run.weak in (None, "pseudo"):
        raise UsageError(f"data.{given[0]}", "nothing reads it here", "Add --method weaklabel --weak oracle or point")
    _check_labelled_images(run)
    for name, stage in run.stages.items():
        known = method_arguments(stage.method)
        for key, value in stage.arguments.items():
            where = f"stages.{name}.arguments.{key}"
            if key not in known:
                raise UsageError(where, f"{stage.method} has no such argument", did_you_mean(key, known))
            if not fits(value, known[key]):
                raise UsageError(where, f"{json.dumps(value)} is not a {known[key]}", "Give a value of that type")
        check_arguments(run, name, stage)
        earlier = list(run.stages)[: list(run.stages).index(name)]
        labeller = stage.pseudo_labels and stage.pseudo_labels.labelled_by
        for key, named in (("teacher", stage.teacher), ("pseudo_labels.labelled_by", labeller)):
            if named is not None and named not in earlier:
                what = f"there is no stage `{named}` before `{name}`"
                raise UsageError(f"stages.{name}.{key}", what, "Name an earlier stage")
        if stage.weights is not None and stage.start != "initial":
            what = f"`{stage.weights}`, but the stage goes on from the one before it"
            raise UsageError(f"stages.{name}.weights", what, "Add `start: initial`")
        if run.segmenter.levels > 1 and not trains_every_level(stage.method):
            what = f"{run.segmenter.levels}, but {stage.method} (stages.{name}.method) trains the main head alone"
            raise UsageError("segmenter.levels", what, "Set --segmenter.levels 1")
        _check_pseudo_labels(run, f"stages.{name}", stage, bool(earlier))
    _check_optimizers(run)
    check_unread(run)


def _check_optimizers(run: RunConfig) -> None:
    """Every part that trains has one, and every one has a part; source-only beside a run trains the segmenter too."""
    everywhere = {"segmenter"}
    for name, stage in run.stages.items():
        parts = method_parts(stage.method)
        everywhere |= set(parts)
        for part in stage.optimizers:
            if part not in parts:
                remedy = f"It trains {', '.join(parts) or 'nothing'}"
                raise UsageError(f"stages.{name}.optimizers.{part}", f"{stage.method} has no such part", remedy)
        missing = [part for part in parts if part not in run.optimizers and part not in stage.optimizers]
        if missing:
            what = f"{stage.method} trains {', '.join(missing)} too, but there is no optimiser for it"
            raise UsageError("optimizers", what, f"Add `{missing[0]}:` under `optimizers:`")
    for part in run.optimizers:
        if part not in everywhere:
            remedy = f"The stages train {', '.join(sorted(everywhere))}"
            raise UsageError(f"optimizers.{part}", "no stage has such a part", remedy)


def _check_labelled_images(run: RunConfig) -> None:
    readers = [stage.method for stage in run.stages.values() if stage.method in ON_SOME_TARGET_LABELS]
    if readers and run.data.labelled_images is None:
        what = f"{readers[0]} learns from labels of some target images"
        raise UsageError("data.labelled_images", what, "Say how many")
    if run.data.labelled_images is not None and not readers:
        what = f"no stage reads labels of {run.data.labelled_images} target images"
        raise UsageError("data.labelled_images", what, f"Drop it, or name {ON_SOME_TARGET_LABELS[0]} in a stage")


def _check_pseudo_labels(run: RunConfig, key: str, stage: StageConfig, follows: bool) -> None:
    labels, key = stage.pseudo_labels, f"{key}.pseudo_labels"
    if labels is None and stage.method in ON_PSEUDO_LABELS:
        raise UsageError(key, f"{stage.method} trains on pseudo-labels, and there are none", "Say how to make them")
    if labels is None:
        return
    if stage.method not in ON_PSEUDO_LABELS:
        raise UsageError(key, f"{stage.method} does not read them", "Drop them")
    if not follows and run.segmenter.weights in ("imagenet", "none"):
        what = f"the first stage has no trained segmenter to label with (segmenter.weights: {run.segmenter.weights})"
        raise UsageError(key, what, "Train one in a stage before, or name its folder as segmenter.weights")
    if (labels.policy == "landmarks") != (stage.method == "cda"):
        what = f"`{labels.policy}` is not what {stage.method} learns from"
        raise UsageError(f"{key}.policy", what, "`landmarks` is for cda, and cda needs it")
    if stage.method in ON_SOFT_LABELS and not labels.soft:
        raise UsageError(f"{key}.soft", f"{stage.method} corrects whole predictions", "Set it to true")
    if labels.mine and run.data.zoom == 1:
        raise UsageError(f"{key}.mine", f"{labels.mine}, but images are not cropped", "Set data.zoom above 1")
    if stage.arguments.get("soft_labels", False) != bool(labels.label_entropy):
        what = f"label_entropy is {labels.label_entropy}, soft_labels {stage.arguments.get('soft_labels', False)}"
        raise UsageError(key, what, "Set both for LRENT, or neither")
