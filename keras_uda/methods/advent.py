"""AdvEnt: alignment of weighted self-information maps."""

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Width
from keras_uda.layers.discriminators import Discriminators
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.losses.entropy import self_information
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class AdvEnt(DomainAdaptation):
    """Makes the uncertainty maps of target images look like those of source images.

        I = -P log P / log C,   P = softmax(segmenter(x)) at the size of the image
        segmenter:      sum over levels of weight_seg * CE(P_s, y_s) + weight_adv * BCE(D(I_t), source)
        discriminators: sum over levels of [BCE(D(I_s), source) + BCE(D(I_t), target)] / 2

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        adversarial_weights: lambda_adv of each level.
        discriminator_base: channels after the first convolution of the discriminators.
        policy: dtype policy of the discriminators.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.2, equations 4 to 6, https://arxiv.org/abs/1811.12833; released code
    Deviations:
        1. Losses are means over pixels and source is 0, as released; the paper sums, and source is 1.
        2. All gradients are taken before any update, as released.
        3. The class prior ("+ CP") is not in the released code; it is the add-on `class_prior`.
    """

    trains = ("segmenter", "discriminator")
    official = {
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
            on_source = self.discriminator([self_information(logits) for logits in source_logits])
            on_target = self.discriminator([self_information(logits) for logits in target_logits])

            # The segmenter learns the source labels and makes target maps pass for source maps.
            segmentation = [cross_entropy(source["label"], logits) for logits in source_logits]
            adversarial = [domain_loss(scores, SOURCE) for scores in on_target]
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation)
            segmenter_loss += weighted_sum(self.adversarial_weights, adversarial)

            # The discriminators tell them apart; a loss moves its own part alone.
            source_losses = [domain_loss(scores, SOURCE) for scores in on_source]
            target_losses = [domain_loss(scores, TARGET) for scores in on_target]
            discriminator_loss = (sum(source_losses) + sum(target_losses)) / 2
            step.losses(segmenter=segmenter_loss, discriminator=discriminator_loss)
        return step.report(
            segmentation=segmentation,
            adversarial=adversarial,
            discriminator_loss=discriminator_loss,
            discriminator_source=source_losses,
            discriminator_target=target_losses,
        )
