"""What a stage trains on, and the batches of it."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.sample import Mining
from keras_uda.data.pipeline import training_batches
from keras_uda.data.prepared import Prepared
from keras_uda.runs.stage import Stage

Batches = Callable[[int, int], tf.data.Dataset]  # (first step of the stage, number of steps) -> batches


class StageData(NamedTuple):
    """The data of a stage.

    Args:
        source: what the stage trains on of the source, None: nothing.
        target: and of the target; with `weak` and `points`, or `pseudo_label` and `soft_label` or `distribution`.
        mine: how crops look for rare classes, None: they do not.
        largest_share: of the target pixels, that one class may well take; None: no class is known to swallow the map.
    """

    source: Prepared | None
    target: Prepared | None
    mine: Mining | None = None
    largest_share: float | None = None


def batches_of(stage: Stage, data: StageData) -> Batches:
    """The batches of a stage; the order of the data goes on where the stages before it stopped."""
    config = stage.run.data
    options = {"batch": config.batch, "seed": stage.run.seed, "mine": data.mine}
    options |= {"flip": config.flip, "zoom": config.zoom, "jitter": config.jitter}

    def batches(first_step: int, steps: int) -> tf.data.Dataset:
        first = stage.steps_before + first_step
        return training_batches(data.source, data.target, first_step=first, steps=steps, **options)

    return batches
