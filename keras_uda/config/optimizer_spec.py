"""The options of optimisers and schedules, as their classes and functions say them."""

from keras_uda.config.names import OPTIMIZERS
from keras_uda.config.names import SCHEDULES
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.validation import check_options
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean

PACKAGE = "optimizers"


def optimizer_arguments(name: str) -> dict[str, Argument]:
    """The options of an optimiser; none where the name is unknown."""
    return arguments_of(OPTIMIZERS, name, PACKAGE) if name in OPTIMIZERS else {}


def check_optimizer(config: OptimizerConfig, key: str) -> None:
    """Raises UsageError for an unknown optimiser or schedule, or an option that it does not have.

    Args:
        key: dotted name of the optimiser, for messages.
    """
    if config.name not in OPTIMIZERS:
        raise UsageError(f"{key}.name", f"`{config.name}` is not valid", did_you_mean(config.name, OPTIMIZERS))
    check_options(config.arguments, optimizer_arguments(config.name), f"{key}.arguments", f"`{config.name}`", {})
    for name, options in config.schedule.items():
        if name not in SCHEDULES:
            raise UsageError(f"{key}.schedule.{name}", "no such schedule", did_you_mean(name, SCHEDULES))
        check_options(options, arguments_of(SCHEDULES, name, PACKAGE), f"{key}.schedule.{name}", f"`{name}`", {})
