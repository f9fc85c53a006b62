"""Nudge: target predictions follow a slow mean of themselves, and a judge learns to know them."""

import keras
from keras import ops

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Levels
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class Nudge(DomainAdaptation):
    """Trains on source labels, and pulls the mean logits of target images to their slow mean.

        L = sum over levels of CE(P_s, y_s) + weight * |mean logits(x_t) - m|^2;   m <- decay m + (1 - decay) mean

    Args:
        segmenter: with one or two levels.
        pull_weights: weight of each level, main level first.
        decay: of the slow mean.
    Source: none, an example.
    Deviations:
        1. It is not published.
    """

    trains = ("segmenter", "judge")
    reports = ("judging",)
    level_reports = ("segmentation", "pull")
    official = {"arguments.decay": 0.5}

    def __init__(self, segmenter, *, pull_weights: Levels = (0.1, 0.02), decay: BelowOne = 0.9, **kwargs):
        super().__init__(segmenter, **kwargs)
        self.pull_weights, self.decay = tuple(pull_weights), decay
        self.judge = keras.layers.Dense(1, name="judge")
        self.judge.build((None, self.classes))
        self.slow_mean = self.add_weight(
            shape=(self.classes,), trainable=False, name="slow_mean", aggregation="only_first_replica"
        )

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            source_logits, target_logits = self.segment(source["image"], target["image"])
            means = [ops.mean(logits, axis=(0, 1, 2)) for logits in target_logits]
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]
            pull = [ops.mean(ops.square(mean - self.slow_mean)) for mean in means]
            judging = ops.mean(ops.square(self.judge(ops.stop_gradient(means[0])[None]) - 1.0))
            step.losses(segmenter=sum(segmentation) + weighted_sum(self.pull_weights, pull), judge=judging)
        moved = self.decay * self.slow_mean + (1 - self.decay) * means[0]
        self.slow_mean.assign(ops.where(self.finite, moved, self.slow_mean))
        return step.report(segmentation=segmentation, pull=pull, judging=judging)
