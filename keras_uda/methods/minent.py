"""MinEnt: direct minimisation of the entropy of target predictions."""

import tensorflow as tf
from keras import ops

from keras_uda.losses.entropy import entropy
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.levels import weighted_sum


class MinEnt(DomainAdaptation):
    """Makes predictions on target images as sure as those on source images.

        L = sum over levels of weight_seg * CE(segmenter(x_s), y_s) + weight_ent * mean over pixels of E(segmenter(x_t))

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        entropy_weights: lambda_ent of each level.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.1, equations 1 to 3, https://arxiv.org/abs/1811.12833; released code
    Deviations:
        1. The entropy is the mean over pixels, as released; the paper sums.
        2. With one level it works; the released loop fails without a second one.
    """

    level_reports = ("segmentation", "entropy")

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: tuple[float, ...] = (1.0, 0.1),
        entropy_weights: tuple[float, ...] = (0.001, 0.0002),
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.entropy_weights = tuple(segmentation_weights), tuple(entropy_weights)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with tf.GradientTape(persistent=True) as tape:
            source_logits, target_logits = self.segment(source["image"], target["image"])

            # The segmenter learns the source labels and to be as sure of the target.
            segmentation = [cross_entropy(source["label"], logits) for logits in source_logits]
            target_entropy = [ops.mean(entropy(logits)) for logits in target_logits]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            segmenter_loss += weighted_sum(self.entropy_weights, target_entropy)
        self.minimize(tape, segmenter=segmenter_loss)
        return self.report(segmentation=segmentation, entropy=target_entropy)
