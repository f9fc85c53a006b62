"""`--preset official`: the form of the released code where it differs from the paper, and nothing else.

Sizes, rates and schedules are never touched. The switches stand on the classes of the methods (`official`), and reach
the stages of their own method; those of the segmenter reach the run. A transform has them as `OFFICIAL` beside its
function.
"""

import dataclasses
from collections.abc import Callable

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import METHODS
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.optimizer_spec import optimizer_arguments
from keras_uda.config.pseudo_label_spec import is_read
from keras_uda.config.schema import RunConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.source_code import literal_beside
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError

# What a segmenter must be able to express for a switch of an optimiser.
REPEATS = "repeats"


def apply_preset(run: RunConfig) -> RunConfig:
    """The configuration with the switches of its preset.

    Raises:
        UsageError: the method has no switch, or the segmenter or an optimiser cannot express one; names both.
    """
    if run.preset == "default":
        return run
    changed = _with_transforms(run)
    if changed == run and not any(method_facts(stage.method).official for stage in run.stages.values()):
        known = ", ".join(name for name in METHODS if method_facts(name).official)
        raise UsageError("--preset", f"`official` has no switch for {run.method}", f"It exists for {known}")
    run = changed
    for name, stage in run.stages.items():
        for key, value in method_facts(stage.method).official.items():
            run = _with(run, name, key.split("."), value)
    return _with_shared_optimizers(run)


def _with_transforms(run: RunConfig) -> RunConfig:
    """The transforms of the data in their released form."""
    transforms = {name: options | official_of_transform(name) for name, options in run.data.transforms.items()}
    return dataclasses.replace(run, data=dataclasses.replace(run.data, transforms=transforms))


def official_of_transform(name: str) -> dict[str, object]:
    """Options of a transform under `official`; empty where the released form is no other, or for an unknown name."""
    return literal_beside(TRANSFORMS, name, "augment", "OFFICIAL", {}) if name in TRANSFORMS else {}


def _with_shared_optimizers(run: RunConfig) -> RunConfig:
    """The switched optimiser of stages that have none of their own becomes that of the run, as baselines take it; the
    other stages that had it keep a copy of what it was."""
    optimizers, stages = dict(run.optimizers), dict(run.stages)
    for part, before in run.optimizers.items():
        own = {name: stage.optimizers.get(part) for name, stage in stages.items()}
        switched = next((one for one in own.values() if one is not None and _differ_in_arguments(one, before)), None)
        if switched is None:
            continue
        optimizers[part] = switched
        for name, stage in stages.items():
            kept = {key: value for key, value in stage.optimizers.items() if key != part or value != switched}
            if own[name] is None and part in method_facts(stage.method).trains:
                kept[part] = before
            stages[name] = dataclasses.replace(stage, optimizers=kept)
    return dataclasses.replace(run, optimizers=optimizers, stages=stages)


def _differ_in_arguments(one: OptimizerConfig, other: OptimizerConfig) -> bool:
    """Whether two optimisers are the same but for their arguments."""
    return one != other and dataclasses.replace(one, arguments=other.arguments) == other


def _with(run: RunConfig, name: str, key: list[str], value: object) -> RunConfig:
    """The run with one switch of the stage `name`."""
    stage = run.stages[name]
    if key[0] == "segmenter":
        return _with_segmenter(run, key[-1], value)
    if key[0] == "arguments":
        changed = dataclasses.replace(stage, arguments={**stage.arguments, key[1]: value})
    elif key[0] == "pseudo_labels":
        changed = _with_labels(stage, key[1], value)
    else:
        _, part, *_, option = key
        changed = _with_optimizer(run, name, part, option, value)
    return dataclasses.replace(run, stages={**run.stages, name: changed})


def _with_segmenter(run: RunConfig, option: str, value: object) -> RunConfig:
    _require(lambda name: option in segmenter_arguments(name), run, f"segmenter.{option}")
    arguments = {**run.segmenter.arguments, option: list(value) if isinstance(value, tuple) else value}
    return dataclasses.replace(run, segmenter=dataclasses.replace(run.segmenter, arguments=arguments))


def _with_labels(stage: StageConfig, option: str, value: object) -> StageConfig:
    labels = stage.pseudo_labels
    if labels is None or not is_read(option, labels, stage):
        return stage
    return dataclasses.replace(stage, pseudo_labels=dataclasses.replace(labels, **{option: value}))


def _with_optimizer(run: RunConfig, name: str, part: str, option: str, value: object) -> StageConfig:
    """The stage with an optimiser of its own: that of the run, or its own one, with the switch."""
    stage = run.stages[name]
    if option == REPEATS:
        _require(lambda name: segmenter_facts(name).repeats, run, f"optimizers.{part}.{option}")
    place = f"stages.{name}.optimizers" if part in stage.optimizers else "optimizers"
    optimizer = {**run.optimizers, **stage.optimizers}.get(part)
    if optimizer is None:
        return stage
    if option not in optimizer_arguments(optimizer.name):
        what = f"`official` sets {option}, which {place}.{part}.name `{optimizer.name}` does not have"
        remedy = f"Use --{place}.{part}.name sgd, a configuration of a paper, or default"
        raise UsageError("--preset", what, remedy)
    changed = dataclasses.replace(optimizer, arguments={**optimizer.arguments, option: value})
    return dataclasses.replace(stage, optimizers={**stage.optimizers, part: changed})


def _require(possible: Callable[[str], object], run: RunConfig, what: str) -> None:
    """Raises UsageError unless the segmenter is one of those for which a switch is possible."""
    able = [name for name in SEGMENTERS if possible(name)]
    if run.segmenter.name not in able:
        what = f"`official` sets {what}, which segmenter.name `{run.segmenter.name}` does not have"
        raise UsageError("--preset", what, f"Use --segmenter.name {able[0]} or --preset default")
