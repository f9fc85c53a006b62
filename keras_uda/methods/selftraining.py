"""Self-training: a stage learns the labels that an earlier segmenter gave to the target images."""

from keras import ops

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Weight
from keras_uda.losses.segmentation import has_label
from keras_uda.losses.segmentation import pixel_cross_entropy
from keras_uda.losses.self_training import hard_labels
from keras_uda.losses.self_training import pooled_mean
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class SelfTraining(DomainAdaptation):
    """Supervised training on source labels and on target pseudo-labels as if they were one labelled set.

        L = sum over levels of weight_seg * [w sum_s -log P(y) + sum_K -log P(y')] / (w n_s + |K|)

    K are the target pixels that a segmenter of an earlier stage was certain of, y' what it said. Its batches hold them
    as `target["pseudo_label"]`; `pseudo_labels` of the stage says how they are chosen.

    Args:
        segmenter: with one or two levels.
        segmentation_weights: of each level, main level first; the second is unused with one level.
        source_weight: w, of a source pixel in units of a target pixel.
    Source: self-training as Zou et al., CBST, ECCV 2018, section 4.1, and Vu et al., ADVENT, CVPR 2019, section 3.1,
        compare with, https://arxiv.org/abs/1810.07911
    Deviations:
        1. Every batch holds as many source as target images. The released batches mix a few percent of the source
           images with all target images; `source_weight` stands for the ratio.
        2. Labels are made at the size of training; the released code predicts Cityscapes images at 0.9 of their size.
        3. The mean counts pixels, as released; ADVENT's equation sums over target pixels only.
    """

    reads = ("source", "target", "pseudo_label")
    policies = ("class_balanced", "global", "confidence")
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
        "pseudo_labels.extra_zero": True,  # the code begins every list of confidences with a 0
    }
    reports = ("pseudo_labels", "coverage")
    without_source = "selftraining_source_free"

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        source_weight: Weight = 1.0,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.source_weight = tuple(segmentation_weights), source_weight
        self.target_loss = hard_labels

    def regularizer(self, target, logits):
        """What a variant adds for the target; nothing here."""
        return 0.0

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        source_valid, target_valid = has_label(source["label"]), has_label(target["pseudo_label"])
        with self.step(batch) as step:
            source_logits, target_logits = self.segment(source["image"], target["image"])
            on_source = [pixel_cross_entropy(source["label"], logits, self.class_weights) for logits in source_logits]
            on_target = [self.target_loss(target, logits) for logits in target_logits]

            # One mean over the labelled pixels of both domains.
            pairs = zip(on_source, on_target, strict=True)
            weight = self.source_weight
            pooled = [pooled_mean([(s, source_valid, weight), (t, target_valid, 1.0)]) for s, t in pairs]
            level_losses = [one + self.regularizer(target, z) for one, z in zip(pooled, target_logits, strict=True)]
            segmenter_loss = weighted_sum(self.segmentation_weights, level_losses)
            step.losses(segmenter=segmenter_loss)
        return step.report(
            segmentation=[self.labelled_loss(source["label"], logits) for logits in source_logits],
            pseudo_labels=pooled_mean([(on_target[0], target_valid, 1.0)]),
            coverage=ops.mean(ops.cast(target_valid, "float32")),
        )
