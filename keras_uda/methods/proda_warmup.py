"""ProDA, first stage: adversarial warm-up in the output space."""

from keras import ops

from keras_uda.augment.crop import RandomCrop
from keras_uda.config.ranges import Crop
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Scales
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.layers.output_discriminator import OutputDiscriminator
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import least_squares
from keras_uda.methods.base import DomainAdaptation
from keras_uda.ops.resize import upsample


class ProDAWarmUp(DomainAdaptation):
    """Makes the predictions on target images look like those on source images, a little.

        P = softmax(segmenter(x)) at the size of the image;   l(z, b) = mean (z - b)^2
        segmenter:     CE(P_s, y_s) + weight_adv * l(D(P_t), source)
        discriminator: l(D(P_s), source) + l(D(P_t), target)

    Args:
        segmenter: with one level.
        adversarial_weight: lambda_adv.
        discriminator_base: channels after the first convolution of the discriminator.
        crop: width and height of random crops of both domains, as shares; () takes whole images.
        crop_scales: smallest and largest factor that images are scaled by before they are cropped.
        policy: dtype policy of the discriminator.
    Source: Zhang et al., ProDA, CVPR 2021, section 4.1 ("warm up"), https://arxiv.org/abs/2101.10979; `step_adv` of the
        released code, which steps the segmenter first: the losses of the discriminator are on predictions from before
    Deviations:
        1. Scale and offset of batch norm train in every stage if they train in one; the author freezes them here.
        2. A parameter is updated once a step; the released optimiser updates listed ones three or four times (`--preset
           official`).
    """

    trains = ("segmenter", "discriminator")
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    reports = ("segmentation", "adversarial", "discriminator_source", "discriminator_target")
    level_reports = ()
    may_collapse = True
    chance_loss = 1 / 4

    def __init__(
        self,
        segmenter,
        *,
        adversarial_weight: Weight = 0.01,
        discriminator_base: Width = 64,
        crop: Crop = (),
        crop_scales: Scales = (0.5, 1.5),
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.adversarial_weight = adversarial_weight
        self.crop = RandomCrop(crop, crop_scales)
        self.discriminator = OutputDiscriminator(self.classes, discriminator_base, policy)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        source_image, source_label = self.crop.cut(source["image"], source["label"])
        (target_image,) = self.crop.cut(target["image"])
        with self.step(batch) as step:
            step.source_label = source_label
            outputs = self.forward(source_image, target_image)
            source_logits, target_logits = (
                upsample(output["logits"], image)
                for output, image in zip(outputs, (source_image, target_image), strict=True)
            )
            on_source, on_target = (self.discriminator(ops.softmax(z)) for z in (source_logits, target_logits))

            # The segmenter learns the source labels and makes target predictions pass for source predictions.
            segmentation = self.labelled_loss(source_label, source_logits)
            adversarial = least_squares(on_target, SOURCE)
            segmenter_loss = segmentation + self.adversarial_weight * adversarial

            # The discriminator tells them apart; a loss moves its own part alone.
            source_loss, target_loss = least_squares(on_source, SOURCE), least_squares(on_target, TARGET)
            discriminator_loss = source_loss + target_loss
            step.losses(segmenter=segmenter_loss, discriminator=discriminator_loss)
        losses = {"discriminator_source": source_loss, "discriminator_target": target_loss}
        return step.report(segmentation=segmentation, adversarial=adversarial, **losses)
