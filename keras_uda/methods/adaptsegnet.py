"""AdaptSegNet: alignment of predictions in the output space, at one or two levels."""

from keras import ops

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Width
from keras_uda.layers.discriminators import Discriminators
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.losses.adversarial import least_squares as squared_distance
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class AdaptSegNet(DomainAdaptation):
    """Makes the predictions on target images look like those on source images.

        P = softmax(segmenter(x)) at the size of the image;   l = BCE, or squared distance
        segmenter:      sum over levels of weight_seg * CE(P_s, y_s) + weight_adv * l(D(P_t), source)
        discriminators: sum over levels of [l(D(P_s), source) + l(D(P_t), target)] / 2

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        adversarial_weights: lambda_adv of each level; the released code takes 0.01 for `least_squares`.
        least_squares: l is the squared distance to the domain.
        discriminator_base: channels after the first convolution of the discriminators.
        policy: dtype policy of the discriminators.
    Source: Tsai et al., AdaptSegNet, CVPR 2018, sections 3 and 4, https://arxiv.org/abs/1802.10349; released code
    Deviations:
        1. Source is 0, as released; the paper has 1.
        2. One segmenter step on the sum of both terms, all gradients before any update, as released; the paper
           updates in turn.
        3. No Nesterov momentum, as released.
    """

    trains = ("segmenter", "discriminator")
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    reports = ("discriminator_loss",)
    level_reports = ("segmentation", "adversarial", "discriminator_source", "discriminator_target")

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        adversarial_weights: Levels = (0.001, 0.0002),
        least_squares: bool = False,
        discriminator_base: Width = 64,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.adversarial_weights = tuple(segmentation_weights), tuple(adversarial_weights)
        self.domain_loss = squared_distance if least_squares else domain_loss
        self.undecided = 1 / 4 if least_squares else self.undecided
        self.discriminator = Discriminators(len(self.levels), self.classes, discriminator_base, policy)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            source_logits, target_logits = self.segment(source["image"], target["image"])
            on_source = self.discriminator([ops.softmax(logits) for logits in source_logits])
            on_target = self.discriminator([ops.softmax(logits) for logits in target_logits])

            # The segmenter learns the source labels and makes target predictions pass for source predictions.
            segmentation = [cross_entropy(source["label"], logits) for logits in source_logits]
            adversarial = [self.domain_loss(scores, SOURCE) for scores in on_target]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            segmenter_loss += weighted_sum(self.adversarial_weights, adversarial)

            # The discriminators tell them apart; a loss moves its own part alone.
            source_losses = [self.domain_loss(scores, SOURCE) for scores in on_source]
            target_losses = [self.domain_loss(scores, TARGET) for scores in on_target]
            discriminator_loss = (sum(source_losses) + sum(target_losses)) / 2
            step.losses(segmenter=segmenter_loss, discriminator=discriminator_loss)
        return step.report(
            segmentation=segmentation,
            adversarial=adversarial,
            discriminator_loss=discriminator_loss,
            discriminator_source=source_losses,
            discriminator_target=target_losses,
        )
