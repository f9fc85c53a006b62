"""What AdaptSegNet and AdvEnt share: a discriminator of every level sees a map made of the predictions."""

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Width
from keras_uda.layers.discriminators import Discriminators
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class OutputAlignment(DomainAdaptation):
    """Makes the maps of target images look like those of source images.

        M = output_map(segmenter(x)) at the size of the image
        segmenter:      sum over levels of weight_seg * CE(P_s, y_s) + weight_adv * l(D(M_t), source)
        discriminators: sum over levels of [l(D(M_s), source) + l(D(M_t), target)] / 2

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        adversarial_weights: lambda_adv of each level.
        discriminator_base: channels after the first convolution of the discriminators.
        policy: dtype policy of the discriminators.

    Attributes:
        output_map: function of logits -> map (batch, H, W, C) that the discriminators see.
        domain_loss: l, function of scores and of a domain; the binary cross-entropy unless a method has another.
    """

    trains = ("segmenter", "discriminator")
    reports = ("discriminator_loss",)
    level_reports = ("segmentation", "adversarial", "discriminator_source", "discriminator_target")
    domain_loss = staticmethod(domain_loss)

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        adversarial_weights: Levels = (0.001, 0.0002),
        discriminator_base: Width = 64,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.adversarial_weights = tuple(segmentation_weights), tuple(adversarial_weights)
        self.discriminator = Discriminators(len(self.levels), self.classes, discriminator_base, policy)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            source_logits, target_logits = self.segment(source["image"], target["image"])
            on_source = self.discriminator([self.output_map(logits) for logits in source_logits])
            on_target = self.discriminator([self.output_map(logits) for logits in target_logits])

            # The segmenter learns the source labels and makes target maps pass for source maps.
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]
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
