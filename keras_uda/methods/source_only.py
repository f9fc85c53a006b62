"""Source only: the lower end of the scale, no adaptation."""

from keras_uda.config.ranges import Levels
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class SourceOnly(DomainAdaptation):
    """Supervised training on the source domain; target images are not looked at.

        L = sum over levels of weight * CE(segmenter(x_s), y_s)

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
    Source: the "source only" rows of Tsai et al., AdaptSegNet, CVPR 2018, table 1, and of every method after it
    Deviations: none.
    """

    reads = ("source",)
    passes = ("source",)
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }

    def __init__(self, segmenter, *, segmentation_weights: Levels = (1.0, 0.1), **kwargs):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights = tuple(segmentation_weights)

    def train_step(self, batch):
        source = batch["source"]
        with self.step(batch) as step:
            (source_logits,) = self.segment(source["image"])
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            step.losses(segmenter=segmenter_loss)
        return step.report(segmentation=segmentation)
