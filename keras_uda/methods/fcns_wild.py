"""FCNs in the Wild: cell by cell confusion of features, and class sizes of the source as bounds on the target."""

import numpy as np

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Ramp
from keras_uda.config.ranges import Sizes
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.cell_classifier import CellClassifier
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.losses.class_ratio import class_size_violation
from keras_uda.methods.base import DomainAdaptation
from keras_uda.ops.gradient_reversal import ramp_up
from keras_uda.ops.resize import upsample


class FCNsWild(DomainAdaptation):
    """Confuses a classifier of feature cells, and keeps the classes of a target image at the sizes of the source.

        L_D = BCE(D(F_s), source) + BCE(D(F_t), target);   L_Dinv: the same with the domains exchanged
        segmenter:     CE(segmenter(x_s), y_s) + weight_align r(p) (L_D + L_Dinv) / 2 + weight_size L_size(x_t)
        discriminator: L_D
        r(p) = 2 / (1 + exp(-10 p)) - 1,   p = step / (ramp * total_steps)

    Args:
        segmenter: its main level is trained.
        alignment_weight: of the confusion.
        size_weight: of the bounds on class sizes; 0 leaves global alignment alone.
        source_sizes: (lower, mean, upper) share of the image per class; measured on the source labels where the
            configuration leaves it open. None: no bounds.
        ramp: share of the steps after which p is 1.
        total_steps: set to the steps of the stage where the configuration leaves it open.
        discriminator_width: of its hidden layers.
        dropout: in the discriminator.
        policy: dtype policy of the discriminator.
    Source: Hoffman et al., FCNs in the Wild, 2016, sections 3.2 and 3.3, https://arxiv.org/abs/1612.02649. No official
        code exists; weights, ramp and classifier from github.com/stu92054/Domain-adaptation-on-segmentation
    Deviations:
        1. The bounds are penalties on the mean prediction; the paper projects the prediction with the dual solver of
           constrained CNNs and trains on the result, which is neither differentiable nor published.
        2. Losses are means over cells; the paper sums. Source is 0; the paper has 1. One logit stands for two.
        3. All gradients are taken before any update; the paper alternates.
    """

    trains = ("segmenter", "discriminator")
    reports = ("segmentation", "confusion", "size_violation", "discriminator_loss")
    level_reports = ()
    measured = {"source_sizes": "size_weight"}
    remarks = (
        "FCNs in the Wild: the bounds on class sizes are a differentiable stand-in. The constrained solver of the "
        "paper is not published, so this is not the paper's category adaptation.",
    )

    def __init__(
        self,
        segmenter,
        *,
        alignment_weight: Weight = 1.0,
        size_weight: Weight = 0.1,
        source_sizes: Sizes = (),
        ramp: Ramp = 0.6,
        total_steps: Steps = 1000,
        discriminator_width: Width = 1024,
        dropout: BelowOne = 0.5,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.alignment_weight, self.size_weight = alignment_weight, size_weight
        self.remarks = self.remarks if size_weight else ()
        self.source_sizes = np.array(source_sizes or [[np.nan] * 3] * self.classes, "float32")
        if self.source_sizes.shape != (self.classes, 3):
            what = f"source_sizes is {self.source_sizes.shape}"
            raise ConfigurationError(what, f"Give 3 numbers for {self.classes} classes")
        self.ramp_steps = ramp * total_steps
        channels = segmenter.output["features"].shape[-1]
        self.discriminator = CellClassifier(channels, discriminator_width, dropout, policy)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            source_outputs, target_outputs = self.forward(source["image"], target["image"])
            on_source = self.discriminator(source_outputs["features"], training=True)
            on_target = self.discriminator(target_outputs["features"], training=True)

            # The best answer to the sum of a question and its opposite is one half: cells that belong to no domain.
            discriminator_loss = domain_loss(on_source, SOURCE) + domain_loss(on_target, TARGET)
            inverse_loss = domain_loss(on_source, TARGET) + domain_loss(on_target, SOURCE)
            confusion = (discriminator_loss + inverse_loss) / 2
            segmentation = self.labelled_loss(source["label"], upsample(source_outputs["logits"], source["image"]))
            violation = class_size_violation(upsample(target_outputs["logits"], target["image"]), self.source_sizes)
            alignment = self.alignment_weight * ramp_up(self.progress(self.ramp_steps)) * confusion
            segmenter_loss = segmentation + alignment + self.size_weight * violation
            step.losses(segmenter=segmenter_loss, discriminator=discriminator_loss)
        return step.report(
            segmentation=segmentation,
            confusion=confusion,
            size_violation=violation,
            discriminator_loss=discriminator_loss / 2,
        )
