"""From a configuration to the optimiser of one part."""

import keras

from keras_uda.config.names import OPTIMIZERS
from keras_uda.config.names import resolve
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.optimizers.published import by_path
from keras_uda.optimizers.schedules import Schedule


def build_optimizer(config: OptimizerConfig, steps: int, segmenter: keras.Model | None = None):
    """The optimiser that a configuration describes.

    Args:
        config: name, rates, options and schedule.
        steps: of the stage.
        segmenter: whose `head_names` get `config.head_multiplier`; variables of other parts are not affected.
    Returns:
        An optimiser of the table `OPTIMIZERS`.
    """
    kind = resolve(OPTIMIZERS, config.name, "optimizers")
    heads = by_path(segmenter, dict.fromkeys(getattr(segmenter, "head_names", ()), config.head_multiplier))
    schedule = Schedule(config.learning_rate, steps, config.schedule)
    return kind(schedule, config.clip_norm, heads, **kind.facts_of(segmenter), **config.arguments)
