"""Oracle: the upper end of the scale. It trains on target LABELS, which no adaptation may."""

from keras_uda.config.ranges import Levels
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class Oracle(DomainAdaptation):
    """Supervised training on the labelled target domain: what the segmenter could reach; never a result.

        L = sum over levels of weight * CE(segmenter(x_t), y_t)

    Its batches hold the labels of the target, `{"target": {"image", "label"}}`; source images are not looked at.

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
    Source: the "oracle" rows of Tsai et al., AdaptSegNet, CVPR 2018, table 2
    Deviations: none.
    """

    reads = ("target", "label")
    passes = ("target",)
    target_labels = "all"
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }

    def __init__(self, segmenter, *, segmentation_weights: Levels = (1.0, 0.1), **kwargs):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights = tuple(segmentation_weights)

    def train_step(self, batch):
        target = batch["target"]
        with self.step(batch) as step:
            (target_logits,) = self.segment(target["image"])
            segmentation = [self.labelled_loss(target["label"], logits) for logits in target_logits]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            step.losses(segmenter=segmenter_loss)
        return step.report(segmentation=segmentation)
