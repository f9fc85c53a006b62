"""DANN: alignment of features by gradient reversal."""

from keras import ops

from keras_uda.config.ranges import Depth
from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.layers.discriminators import Discriminator
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum
from keras_uda.ops.gradient_reversal import ramp_up
from keras_uda.ops.gradient_reversal import reverse_gradient
from keras_uda.ops.resize import upsample


class DANN(DomainAdaptation):
    """Learns features on which a discriminator fails, with one loss for both and a reversed gradient between them.

        F = features(x), or softmax(segmenter(x)) at the size of the image;   R(F) = F, its gradient times -strength
        L_d = [BCE(D(R(F_s)), source) + BCE(D(R(F_t)), target)] / 2
        segmenter: sum over levels of weight_seg * CE(segmenter(x_s), y_s) + L_d;   discriminator: L_d
        strength = domain_weight * (2 / (1 + exp(-10 p)) - 1),   p = step / total_steps

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        domain_weight: lambda at the end of the ramp.
        output_space: the discriminator sees the predictions of the main level instead of the features.
        total_steps: of the ramp; set to the steps of the stage where the configuration leaves it open.
        discriminator_base: channels after the first convolution of the discriminator.
        discriminator_depth: its convolutions, each halving the map; 5 as published for predictions. Features that
            are too small for so many are surrounded by zeros.
        policy: dtype policy of the discriminator.
    Source: Ganin et al., Domain-Adversarial Training of Neural Networks, JMLR 2016, section 4.2 and 5.2.2,
        https://arxiv.org/abs/1505.07818; on features of a segmenter: Tsai et al., CVPR 2018, table 1 ("feature")
    Deviations:
        1. There is no canonical form for segmentation: the discriminator is that of AdaptSegNet, on the last features,
           and so are optimisers and schedule. AdaptSegNet's own "feature" row exchanges labels instead of reversing a
           gradient.
        2. Each part has its own optimiser and schedule; the paper has one with lr = 0.01 / (1 + 10 p)^0.75.
        3. The strength ends at a small weight; the paper, on digits, ends at 1.
    """

    trains = ("segmenter", "discriminator")
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    reports = ("discriminator_loss", "reversal_strength")

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        domain_weight: Weight = 0.001,
        output_space: bool = False,
        total_steps: Steps = 1000,
        discriminator_base: Width = 64,
        discriminator_depth: Depth = 5,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights, self.domain_weight = tuple(segmentation_weights), domain_weight
        self.total_steps = total_steps
        self.discriminator_input = self.predictions if output_space else self.features
        channels = self.classes if output_space else segmenter.output["features"].shape[-1]
        self.discriminator = Discriminator(channels, discriminator_base, policy, discriminator_depth)

    def features(self, outputs, images):
        features, smallest = outputs["features"], self.discriminator.smallest_map
        missing = [max(smallest - (size or smallest), 0) for size in features.shape[1:3]]
        borders = [(rows // 2, rows - rows // 2) for rows in missing]
        return ops.pad(features, ((0, 0), *borders, (0, 0))) if any(missing) else features

    def predictions(self, outputs, images):
        return ops.softmax(upsample(outputs["logits"], images))

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        strength = self.domain_weight * ramp_up(self.progress(self.total_steps))
        with self.step(batch) as step:
            source_outputs, target_outputs = self.forward(source["image"], target["image"])
            source_logits = [upsample(source_outputs[level], source["image"]) for level in self.levels]
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]

            # One loss: the discriminator lowers it, and behind the reversal the segmenter raises it.
            source_aligned = reverse_gradient(self.discriminator_input(source_outputs, source["image"]), strength)
            target_aligned = reverse_gradient(self.discriminator_input(target_outputs, target["image"]), strength)
            on_source, on_target = self.discriminator(source_aligned), self.discriminator(target_aligned)
            discriminator_loss = (domain_loss(on_source, SOURCE) + domain_loss(on_target, TARGET)) / 2
            segmenter_loss = weighted_sum(self.segmentation_weights, segmentation) + discriminator_loss
            step.losses(segmenter=segmenter_loss, discriminator=discriminator_loss)
        return step.report(segmentation=segmentation, discriminator_loss=discriminator_loss, reversal_strength=strength)
