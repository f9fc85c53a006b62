"""Self-training without a source: a stage learns the labels that an earlier segmenter gave, and nothing else."""

from keras import ops

from keras_uda.config.ranges import Levels
from keras_uda.losses.segmentation import has_label
from keras_uda.losses.self_training import hard_labels
from keras_uda.losses.self_training import pooled_mean
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class SelfTrainingSourceFree(DomainAdaptation):
    """Trains on target pseudo-labels alone, from a segmenter that was trained elsewhere and wrote the first of them.

        L = sum over levels of weight_seg * mean over K of -log P(y')

    K are the labelled pixels, y' their labels. It is `SelfTraining` without its source images; `data.source.name none`
    chooses it in its place.

    Args:
        segmenter: trained, with one or two levels.
        segmentation_weights: of each level, main level first; the second is unused with one level.
    Source: Zou et al., CBST, ECCV 2018, section 3, the term of the target, https://arxiv.org/abs/1810.07911
    Deviations:
        1. The published self-training learns source labels in every batch; what only these teach may fade here.
        2. Labels and sizes as in `SelfTraining`.
    """

    reads = ("target", "pseudo_label")
    passes = ("target",)
    policies = ("class_balanced", "global", "confidence")
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # as of `SelfTraining`
        "pseudo_labels.extra_zero": True,
    }
    reports = ("coverage",)
    level_reports = ("pseudo_labels",)

    def __init__(self, segmenter, *, segmentation_weights: Levels = (1.0, 0.1), **kwargs):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights = tuple(segmentation_weights)
        self.target_loss = hard_labels

    def regularizer(self, target, logits):
        """What a variant adds; nothing here."""
        return 0.0

    def train_step(self, batch):
        target = batch["target"]
        valid = has_label(target["pseudo_label"])
        with self.step(batch) as step:
            (target_logits,) = self.segment(target["image"])
            on_target = [pooled_mean([(self.target_loss(target, logits), valid, 1.0)]) for logits in target_logits]
            pairs = zip(on_target, target_logits, strict=True)
            level_losses = [loss + self.regularizer(target, logits) for loss, logits in pairs]
            step.losses(segmenter=weighted_sum(self.segmentation_weights, level_losses))
        return step.report(pseudo_labels=on_target, coverage=ops.mean(ops.cast(valid, "float32")))
