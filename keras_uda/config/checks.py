"""What one field of a configuration cannot know of another; every message names both."""

import re

from keras_uda.config.data_checks import check_data
from keras_uda.config.data_checks import counts_of
from keras_uda.config.data_checks import sizes_of
from keras_uda.config.evaluation_spec import check_evaluation
from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.optimizer_spec import check_optimizer
from keras_uda.config.pseudo_label_spec import check_pseudo_labels
from keras_uda.config.schema import RunConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.segmenter_spec import two_scale_multiple
from keras_uda.config.source_free import check_source
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.translation_spec import check_translations
from keras_uda.config.validation import check_class_names
from keras_uda.config.validation import check_options
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean


def check(run: RunConfig) -> None:
    """What one field cannot know of another; names both keys.

    Raises:
        UsageError: unknown methods, options that nothing has or reads, parts without an optimiser, no stages, ...
    """
    check_methods(run)
    check_source(run)
    check_data(run)
    _check_segmenter(run)
    for name, stage in run.stages.items():
        _check_stage(run, name, stage)
    _check_optimizers(run)
    check_evaluation(run.evaluation, run.data.classes)


def check_methods(run: RunConfig) -> None:
    """Raises UsageError for methods and names of stages that there are not; nothing else can be said before."""
    if run.method not in RUN_METHODS:
        raise UsageError("method", f"`{run.method}` is not a method", did_you_mean(run.method, RUN_METHODS))
    if not run.stages:
        raise UsageError("stages", "the configuration has no stage", "Give at least one under `stages:`")
    for name, stage in run.stages.items():
        _check_names(name, stage)


def _check_names(name: str, stage: StageConfig) -> None:
    if not re.fullmatch(r"\w[\w-]{0,63}", name):  # it becomes a folder and a part of flags
        raise UsageError(f"stages.{name}", f"`{name}` is not a name", "Use letters, digits, _ and -")
    if stage.method not in EVERY_METHOD:
        what, hint = f"`{stage.method}` is not a method", did_you_mean(stage.method, EVERY_METHOD)
        raise UsageError(f"stages.{name}.method", what, hint)


def _check_segmenter(run: RunConfig) -> None:
    name = run.segmenter.name
    if name == ENSEMBLE:
        return
    options, known = run.segmenter.arguments, segmenter_arguments(name)
    check_options(options, known, "segmenter.arguments", f"`{name}`", counts_of(run))
    facts = segmenter_facts(name)
    multiple, kind = facts.input_multiple, f"segmenter.name `{name}`"
    if run.segmenter.scales == 2:
        multiple, kind = two_scale_multiple(facts.stride, multiple), f"{kind} with two scales"
        if facts.padding:
            raise UsageError("segmenter.scales", f"`{name}` pads images, so windows do not fit", "Take another network")
    sizes = sizes_of(run)
    crops = {f"stages.{name}.crop": stage.crop for name, stage in run.stages.items()}
    crops |= {"data.crop": run.data.crop, "segmenter.crop": run.segmenter.crop}
    for key, size in (sizes | crops).items():
        if size is not None and any(length % multiple for length in parse_size(size)):
            raise UsageError(key, f"`{size}`, but {kind} takes multiples of {multiple} alone", "Round both numbers")
    if run.segmenter.levels > facts.levels:
        what = f"`{name}` has one level, not {run.segmenter.levels}"
        raise UsageError("segmenter.levels", what, "Set --segmenter.levels 1")


def _check_stage(run: RunConfig, name: str, stage: StageConfig) -> None:
    facts, key = method_facts(stage.method), f"stages.{name}"
    check_options(stage.arguments, facts.arguments, f"{key}.arguments", f"`{stage.method}`", counts_of(run))
    for argument, other in facts.read_beside.items():
        if argument in stage.arguments and argument_of(stage, other) is None:
            raise UsageError(f"{key}.arguments.{argument}", f"read with `{other}` alone", f"Give `{other}`, or drop it")
    earlier = list(run.stages)[: list(run.stages).index(name)]
    labeller = stage.pseudo_labels and stage.pseudo_labels.labelled_by
    for field, named in (("teacher", stage.teacher), ("pseudo_labels.labelled_by", labeller)):
        if named is not None and named not in earlier:
            what = f"there is no stage `{named}` before `{name}`"
            raise UsageError(f"{key}.{field}", what, "Name an earlier stage")
    if stage.weights is not None and stage.start != "initial":
        what = f"`{stage.weights}`, but the stage continues from the one before it"
        raise UsageError(f"{key}.weights", what, "Add `start: initial`")
    if run.segmenter.levels > 1 and not facts.trains_every_level:
        what = f"{run.segmenter.levels}, but {stage.method} ({key}.method) trains the main head alone"
        raise UsageError("segmenter.levels", what, "Set --segmenter.levels 1")
    if run.segmenter.levels > 1 and run.segmenter.scales > 1:
        raise UsageError("segmenter.scales", "2, but two scales have one level", "Set --segmenter.levels 1")
    if run.segmenter.scales < facts.scales:
        what = f"{run.segmenter.scales}, but {stage.method} ({key}.method) fuses {facts.scales}"
        raise UsageError("segmenter.scales", what, f"Set --segmenter.scales {facts.scales}")
    check_pseudo_labels(run, name, stage, bool(earlier))
    check_translations(run, name)
    _check_add_ons(run, key, stage)


def _check_add_ons(run: RunConfig, key: str, stage: StageConfig) -> None:
    facts = method_facts(stage.method)
    for name, options in stage.add_ons.items():
        where = f"{key}.add_ons.{name}"
        if name not in ADD_ONS:
            raise UsageError(where, "no such add-on", did_you_mean(name, ADD_ONS))
        if "segmenter" not in facts.trains:
            raise UsageError(where, f"{stage.method} trains no segmenter", "Drop it, or choose another method")
        known = add_on_facts(name)
        missing = [need for need in known.needs_of(options) if need not in facts.offers]
        if missing:
            what = f"needs `{missing[0]}`, but {stage.method} has {', '.join(facts.offers)}"
            raise UsageError(where, what, "Drop it, or choose another method")
        if known.reads and facts.target_labels == "all":
            what = f"it reads {', '.join(known.reads)}, but {stage.method} has the label of every target pixel"
            raise UsageError(where, what, "Drop it, or choose another method")
        check_options(options, known.arguments, where, f"`{name}`", counts_of(run))
        check_class_names(options, known.arguments, where, run.data.classes)


def _check_optimizers(run: RunConfig) -> None:
    """Every part that trains has one, and every one has a part; source-only beside a run trains the segmenter too."""
    everywhere = {"segmenter"}
    for name, stage in run.stages.items():
        parts = method_facts(stage.method).trains
        everywhere |= set(parts)
        for part, optimizer in stage.optimizers.items():
            if part not in parts:
                remedy = f"It trains {', '.join(parts) or 'nothing'}"
                raise UsageError(f"stages.{name}.optimizers.{part}", f"{stage.method} has no such part", remedy)
            check_optimizer(optimizer, f"stages.{name}.optimizers.{part}")
        missing = [part for part in parts if part not in run.optimizers and part not in stage.optimizers]
        if missing:
            what = f"{stage.method} trains {', '.join(missing)} too, but there is no optimiser for it"
            raise UsageError("optimizers", what, f"Add `{missing[0]}:` under `optimizers:`")
    for part, optimizer in run.optimizers.items():
        if part not in everywhere:
            remedy = f"The stages train {', '.join(sorted(everywhere))}"
            raise UsageError(f"optimizers.{part}", "no stage has such a part", remedy)
        check_optimizer(optimizer, f"optimizers.{part}")
