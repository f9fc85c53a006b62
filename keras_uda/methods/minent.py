"""MinEnt: direct minimisation of the entropy of target predictions."""

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import OpenShare
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.entropy_range import entropy_of
from keras_uda.methods.common.levels import weighted_sum


class MinEnt(DomainAdaptation):
    """Makes predictions on target images as sure as those on source images.

        L = sum over levels of weight_seg * CE(segmenter(x_s), y_s) + weight_ent * mean over pixels of E(segmenter(x_t))

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        entropy_weights: lambda_ent of each level.
        entropy_share: of the pixels of each target image, the least certain ones, that the mean counts; the others are
            0 in it ("+ ER" in the paper: 0.3).
    Source: Vu et al., ADVENT, CVPR 2019, section 3.1, equations 1 to 3, https://arxiv.org/abs/1811.12833; released code
    Deviations:
        1. The entropy is the mean over pixels, as released; the paper sums, so its weights are of another scale.
        2. With one level it works; the released loop fails without a second one.
        3. The entropy range is not in the released code; the paper gives the share, not the normalisation, which is
           ours.
        4. The class prior ("+ CP") is the add-on `class_prior`.
    """

    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    level_reports = ("segmentation", "entropy")
    without_source = "minent_source_free"

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        entropy_weights: Levels = (0.001, 0.0002),
        entropy_share: OpenShare = 1.0,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.entropy_weights = tuple(segmentation_weights), tuple(entropy_weights)
        self.uncertainty = entropy_of(entropy_share)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            source_logits, target_logits = self.segment(source["image"], target["image"])

            # The segmenter learns the source labels and to be as sure of the target.
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]
            target_entropy = [self.uncertainty(logits) for logits in target_logits]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            segmenter_loss += weighted_sum(self.entropy_weights, target_entropy)
            step.losses(segmenter=segmenter_loss)
        return step.report(segmentation=segmentation, entropy=target_entropy)
