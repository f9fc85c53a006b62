"""Weak labels: which categories a target image holds, said by the network, by a person, or by labelled points."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import PerClass
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Ramp
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.config.ranges import WidthOrNone
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.category_discriminators import CategoryDiscriminators
from keras_uda.layers.discriminators import Discriminator
from keras_uda.losses import weak as weak_losses
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.methods.base import DomainAdaptation
from keras_uda.ops.resize import upsample


class WeakLabel(DomainAdaptation):
    """Learns which categories are in a target image, and aligns the features of each category present.

        p[c] = sigmoid(1/k log mean exp(k A_t[., c]));   F[c] = sum of softmax(A[., c]) f over the positions
        segmenter:               CE(A_s, y_s) + weight_adv * l(D(P_t), source) + weight_c * L_c(tags_t, p)
                                 + weight_cw * mean over tagged c of l(D_c(F_t[c]), source) + weight_pt * L_pt
        discriminator:           [l(D(P_s), source) + l(D(P_t), target)] / 2
        category discriminators: [mean over tagged c of l(D_c(F_s[c]), source) + the same of F_t, target] / 2

    Target batches of `oracle` and `point` hold `weak`, float (batch, C): 1 present, 0 absent, -1 unknown; of `point`
    also `points`, int (batch, P, 3): row, column, category, padded with -1.

    Args:
        segmenter: its main level is trained; an auxiliary head gets no gradient, as released.
        weak: `pseudo` (tags of the network itself, of the same iteration), `oracle` (given tags), `point` (both).
        adversarial_weight: lambda_adv.
        category_weight: lambda_c with given tags.
        pseudo_category_weight: lambda_c with the network's own tags.
        category_adversarial_weight: lambda_cw.
        point_weight: of the cross-entropy at points.
        threshold: T, the probability above which the network tags a category.
        sharpness: k of the smooth maximum.
        dropout: of the target logits in the classification loss.
        source_areas: share of the image area above which a source category counts as present; none: one pixel.
        least_squares: l is the squared distance of the probability.
        discriminator_base: channels after the first convolution of D.
        category_width: hidden units of each D_c; 0 takes the number of feature channels, as published.
        policy: dtype policy of D.
    Source: Paul et al., Domain Adaptive Semantic Segmentation Using Weak Labels, ECCV 2020, section 3,
        https://arxiv.org/abs/2007.15176; released code sujoyp/weak-da-seg
    Deviations:
        1. Thresholds of source tags are shares of the image area; the released code compares counts of two sizes.
        2. Unknown tags are left out of the classification loss, and their category is not aligned on that image;
           without any tag, every loss on tags is 0 (released: error). A class that the target's labels cannot show is
           unknown; released: absent.
        3. The point loss takes every image of the batch; the released code reads the first (its batches have one).
        4. lambda_c is 0.2 with given tags, as documented by the authors; their scripts set 0.01 (`--preset official`).
        5. Clipping and dropout are in the released code and not in the notes of the paper that we have; ours are as
           released.
        6. The head sums four dilations; the released one sums two (`--preset official`).
        7. With `least_squares` the target is 0 and the source 1, the other way round than with cross-entropy, as
           released.
    """

    trains = ("segmenter", "discriminator", "category_discriminators")
    reads_with = {"weak": {"oracle": ("weak",), "point": ("weak", "points")}}
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
        "arguments.category_weight": 0.01,  # documented: 0.2 for given tags; every released script has 0.01
    }
    reports = (
        "segmentation",
        "adversarial",
        "category",
        "category_adversarial",
        "point",
        "discriminator_loss",
        "category_discriminators_loss",
    )
    level_reports = ()
    measured = {"source_areas": ""}

    def __init__(
        self,
        segmenter,
        *,
        weak: Literal["pseudo", "oracle", "point"] = "pseudo",
        adversarial_weight: Weight = 0.001,
        category_weight: Weight = 0.2,
        pseudo_category_weight: Weight = 0.01,
        category_adversarial_weight: Weight = 0.001,
        point_weight: Weight = 1.0,
        threshold: Share = 0.2,
        sharpness: Ramp = 1.0,
        dropout: BelowOne = 0.1,
        source_areas: PerClass = (),
        least_squares: bool = False,
        discriminator_base: Width = 64,
        category_width: WidthOrNone = 0,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        check_arguments(weak, source_areas, self.classes)
        self.weak_labels = WEAK_LABELS[weak](threshold, sharpness)
        self.domain_error = weak_losses.squared_domain_error if least_squares else weak_losses.domain_error
        self.chance_loss = 1 / 8 if least_squares else self.chance_loss
        self.loss_weights = {
            "segmentation": 1.0,
            "adversarial": adversarial_weight,
            "category": pseudo_category_weight if weak == "pseudo" else category_weight,
            "category_adversarial": category_adversarial_weight,
            "point": point_weight,
        }
        self.sharpness = sharpness
        self.logit_dropout = keras.layers.Dropout(dropout, dtype="float32")
        self.source_areas = np.array(source_areas or [0.0] * self.classes, "float32")
        self.discriminator = Discriminator(self.classes, discriminator_base, policy)
        channels = segmenter.output["features"].shape[-1]
        self.category_discriminators = CategoryDiscriminators(self.classes, channels, category_width, dtype="float32")

    def category_decisions(self, outputs):
        """Logits of the category discriminators (batch, C); the attention passes no gradient, as released."""
        attention = weak_losses.category_attention(ops.stop_gradient(outputs["logits"]))
        return self.category_discriminators(weak_losses.category_features(outputs["features"], attention))

    def category_domain_loss(self, decisions, tags, domain):
        return weak_losses.mean_over_present(self.domain_error(decisions, domain), tags)

    def domain_loss(self, scores, domain):
        return ops.mean(self.domain_error(scores, domain))

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with self.step(batch) as step:
            of_source, of_target = self.forward(source["image"], target["image"])
            source_logits = upsample(of_source["logits"], source["image"])
            target_logits = upsample(of_target["logits"], target["image"])
            source_tags = weak_losses.source_tags(source["label"], self.source_areas)
            target_tags = self.weak_labels.tags(target, of_target["logits"])
            on_source, on_target = (self.discriminator(ops.softmax(z)) for z in (source_logits, target_logits))
            by_category = [self.category_decisions(outputs) for outputs in (of_source, of_target)]

            # The segmenter learns source labels and target tags, and makes target images pass for source images.
            dropped = self.logit_dropout(of_target["logits"], training=True)
            pooled = weak_losses.pooled_logits(dropped, self.sharpness)
            losses = {
                "segmentation": self.labelled_loss(source["label"], source_logits),
                "adversarial": self.domain_loss(on_target, SOURCE),
                "category": weak_losses.category_loss(weak_losses.clip_pooled(pooled), target_tags),
                "category_adversarial": self.category_domain_loss(by_category[1], target_tags, SOURCE),
                "point": weak_losses.point_loss(target_logits, self.weak_labels.points(target), target_tags),
            }
            segmenter_loss = sum(self.loss_weights[name] * loss for name, loss in losses.items())

            # The discriminators tell them apart; a loss moves its own part alone.
            discriminator_loss = self.domain_loss(on_source, SOURCE) + self.domain_loss(on_target, TARGET)
            category_loss = self.category_domain_loss(by_category[0], source_tags, SOURCE)
            category_loss += self.category_domain_loss(by_category[1], target_tags, TARGET)
            answers = {"discriminator": discriminator_loss / 2, "category_discriminators": category_loss / 2}
            step.losses(segmenter=segmenter_loss, **answers)
        return step.report(**losses, **{f"{name}_loss": loss for name, loss in answers.items()})


class PredictedTags:
    """The network tags target images itself, and there are no points.

    Args:
        threshold, sharpness: of `WeakLabel`.
    """

    def __init__(self, threshold: float, sharpness: float):
        self.threshold, self.sharpness = threshold, sharpness

    def tags(self, target, logits):
        return weak_losses.pseudo_tags(logits, self.threshold, self.sharpness)

    def points(self, target):
        return -ops.ones((ops.shape(target["image"])[0], 1, 3), dtype="int32")


class GivenTags(PredictedTags):
    """Tags come with the images."""

    def tags(self, target, logits):
        return ops.cast(target["weak"], "float32")


class GivenPoints(GivenTags):
    """Tags and points come with the images."""

    def points(self, target):
        return target["points"]


WEAK_LABELS = {"pseudo": PredictedTags, "oracle": GivenTags, "point": GivenPoints}


def check_arguments(weak: str, source_areas: tuple[float, ...], classes: int) -> None:
    """Raises `ConfigurationError` for arguments that cannot be meant."""
    if weak not in WEAK_LABELS:
        raise ConfigurationError(f"weak is {weak!r}", f"Use one of {', '.join(WEAK_LABELS)}")
    if len(source_areas) not in (0, classes):
        what = f"There are {len(source_areas)} source areas for {classes} classes"
        raise ConfigurationError(what, "Give one per class")
