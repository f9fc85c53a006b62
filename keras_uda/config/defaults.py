"""Options that a configuration leaves at their default are written out: a run keeps what it was trained with."""

import dataclasses

from keras_uda.config.names import SCHEDULES
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.optimizer_spec import PACKAGE
from keras_uda.config.optimizer_spec import optimizer_arguments
from keras_uda.config.schema import RunConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.source_code import MISSING
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.stage_schema import OptimizerConfig


def with_defaults(run: RunConfig) -> RunConfig:
    """The configuration with every option of its network, its optimisers and their schedules."""
    segmenter = run.segmenter
    if segmenter.name in SEGMENTERS:
        arguments = completed(segmenter.arguments, segmenter_arguments(segmenter.name))
        # `imagenet` is the default of all networks; one that has no such weights starts at random, and that is kept.
        without = segmenter_facts(segmenter.name).arguments["weights"].default == "none"
        weights = "none" if without and segmenter.weights == "imagenet" else segmenter.weights
        segmenter = dataclasses.replace(segmenter, arguments=arguments, weights=weights)
    stages = {
        name: dataclasses.replace(stage, optimizers=_completed_optimizers(stage.optimizers))
        for name, stage in run.stages.items()
    }
    optimizers = _completed_optimizers(run.optimizers)
    return dataclasses.replace(run, segmenter=segmenter, optimizers=optimizers, stages=stages)


def completed(options: dict, known: dict[str, Argument]) -> dict:
    """The options with the defaults of those that are not given, in the order of the signature."""
    given = {name: options.get(name, argument.default) for name, argument in known.items()}
    kept = {name: value for name, value in given.items() if value is not MISSING}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _completed_optimizers(optimizers: dict[str, OptimizerConfig]) -> dict[str, OptimizerConfig]:
    return {
        part: dataclasses.replace(
            optimizer,
            arguments=completed(optimizer.arguments, optimizer_arguments(optimizer.name)),
            schedule={
                name: completed(options, arguments_of(SCHEDULES, name, PACKAGE))
                for name, options in optimizer.schedule.items()
            },
        )
        for part, optimizer in optimizers.items()
    }
