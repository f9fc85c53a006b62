"""What a stage trains on, and the batches of it."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.windows import Mining
from keras_uda.data.pipeline import stage_batches
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
        partner: target images that `data.transforms` see where the stage reads none.
    """

    source: Prepared | None
    target: Prepared | None
    mine: Mining | None = None
    largest_share: float | None = None
    partner: Prepared | None = None


def batches_of(stage: Stage, data: StageData) -> Batches:
    """The batches of a stage; the order of the data goes on where the stages before it stopped."""
    options = {"seed": stage.run.seed, "mine": data.mine, "before": stage.steps_before, "partner": data.partner}
    options["border"] = "border" in stage.reads
    return stage_batches(stage.data, data.source, data.target, **options)
