"""DACS: source classes are pasted into target images that a slow teacher has labelled."""

import keras
from keras import ops

from keras_uda.augment import class_mix
from keras_uda.augment.copies import Copies
from keras_uda.augment.crop import next_seed
from keras_uda.augment.photometric import colour_and_blur
from keras_uda.config.ranges import Chances
from keras_uda.config.ranges import OpenShare
from keras_uda.config.ranges import PerClass
from keras_uda.config.ranges import Power
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.layers.mean_teacher import warm_up_decay
from keras_uda.layers.mean_teacher import without_dropout
from keras_uda.losses.rare_classes import adjusted_logits
from keras_uda.losses.rare_classes import surest_of_each_class
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.finite import undo_unless
from keras_uda.methods.common.teaching import belief
from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.methods.step import PseudoLabels


class DACS(DomainAdaptation):
    """Self-training on target images into which half of the classes of a source image are pasted, with true labels.

        y', q: first choice of the teacher on x_t and its probability;   r = share of all pixels of the batch, q >= tau
        M: source pixels of half of the classes of the image, drawn;     x_m = M x_s + (1 - M) x_t, recoloured
        y_m = M y_s + (1 - M) y';   v = M w + (1 - M) r;   w: weights of the classes of y_s, 1 as published
        L = CE_w(A_s, y_s) + weight_mixed * mean over all pixels of v CE(A_m, y_m)
        after the update t = 0, 1, ...:   teacher <- d teacher + (1 - d) segmenter,   d = min(1 - 1 / (t + 1), decay)

    Args:
        segmenter: with one level.
        mixed_weight: weight_mixed.
        confidence: tau.
        surest: share of the pixels of each class that the teacher is surest of: these weigh 1, the others nothing, in
            place of r; none: r.
        teacher_decay: the largest.
        colour_strength: of the changes of colour, of the mixed images only.
        strong_chances: of changes of colour and of a blur, of the mixed images only.
        logit_adjustment: tau' of both losses, which see A_c + tau' log f_c; 0: A_c.
        source_ratios: f, measured on the source labels where they are adjusted and this is left open.
        flip_teacher: the teacher's probabilities are the mean of those of the images and of their mirror images.
        warm_up: shares of the steps: before the first, the teacher's labels weigh nothing, from the second on all.
        keep_teacher: the teacher is the segmenter that a stage leaves, with its own statistics of target images; with
            a `segmenter.target_share` below 1 those of the segmenter.
        total_steps: of the stage.
    Source: Tranheden et al., DACS, WACV 2021, section 3, https://arxiv.org/abs/2007.08702; released code
    Deviations:
        1. The share of sure pixels weighs the target pixels, as in the released code; in the paper the whole image.
        2. Momentum is not Nesterov's, as in the released code.
        3. Scores are those of whole images at full resolution; the released code scores at half of it.
        4. The head of the released DeepLab-v2 sums two dilations (`--preset official`); here four.
        5. Thresholds by class, the adjustment of logits, a teacher that averages mirror images, a
           warm-up before it is believed, and keeping it are ours, and off.
    """

    passes = ("source", "mixed")
    official = {"segmenter.arguments.aspp_dilations": (6, 12)}  # its head returns after two of its four branches
    reports = ("segmentation", "mixed", "confident")
    level_reports = ()
    may_collapse = True  # the teacher that labels the target images follows the segmenter
    without_source = "dacs_source_free"
    measured = {"source_ratios": "logit_adjustment"}

    def __init__(
        self,
        segmenter,
        *,
        mixed_weight: Weight = 1.0,
        confidence: Share = 0.968,
        surest: OpenShare | None = None,
        teacher_decay: Share = 0.99,
        colour_strength: Share = 0.25,
        strong_chances: Chances = (0.8, 0.5),
        logit_adjustment: Power = 0.0,
        source_ratios: PerClass = (),
        flip_teacher: bool = False,
        warm_up: Chances = (0.0, 0.0),
        keep_teacher: bool = False,
        total_steps: Steps = 1000,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.mixed_weight, self.confidence, self.surest = mixed_weight, confidence, surest
        self.teacher_decay, self.logit_adjustment = teacher_decay, logit_adjustment
        self.colour_strength, self.strong_chances = colour_strength, tuple(strong_chances)
        self.flip_teacher, self.keep_teacher = flip_teacher, keep_teacher
        self.warm_up, self.total_steps = tuple(warm_up), total_steps
        self.source_ratios = tuple(source_ratios) or (1.0 / self.classes,) * self.classes
        if len(self.source_ratios) != self.classes:
            what = f"There are {len(self.source_ratios)} source ratios for {self.classes} classes"
            raise ConfigurationError(what, "Give one per class")
        if self.warm_up[0] > self.warm_up[1]:
            raise ConfigurationError(f"The warm-up {list(self.warm_up)} ends before it begins", "Swap the two shares")
        self.teacher = slow_copy(segmenter)
        without_dropout(self.teacher)
        self.seeds = keras.random.SeedGenerator()

    @property
    def result(self) -> keras.Model:
        return self.teacher if self.keep_teacher else self.segmenter

    def teach(self, target) -> PseudoLabels:
        """The labels of the teacher for unaltered target images; it normalises with its batch and drops nothing."""
        _, label, confidence = teacher_outputs(self.teacher, target["image"], self.resize, self.flip_teacher)
        believed = belief(self.progress(self.total_steps), self.warm_up)
        return PseudoLabels(label, confidence, believed * self.pixel_weights(label, confidence))

    def pixel_weights(self, label, confidence):
        """float32 (batch, H, W): what the pixels of the target count."""
        if self.surest is not None:
            return ops.cast(surest_of_each_class(confidence, label, self.classes, self.surest), "float32")
        share = class_mix.confident_share(confidence, self.confidence)
        return ops.broadcast_to(share, ops.shape(confidence))

    def mix(self, source, image, taught: PseudoLabels) -> Copies:
        """Pastes classes of the source into target images, and changes the colours; `probability` is the weight."""
        if source["image"].shape[1:] != image.shape[1:]:
            raise ConfigurationError("Images of different sizes cannot be mixed", "Set data.size for both domains")
        label = ops.cast(source["label"], "int32")
        mask = self.draw_mask(label)
        mixed = class_mix.mix(mask, ops.cast(source["image"], "float32"), ops.cast(image, "float32"))
        jitter, blur = self.strong_chances
        chances = {"strength": self.colour_strength, "jitter_chance": jitter, "blur_chance": blur}
        mixed = colour_and_blur(mixed, next_seed(self.seeds), **chances)
        weights = ops.where(mask, self.label_weights(label), taught.weight)
        return Copies(mixed, class_mix.mix(mask, label, taught.label), weights)

    def draw_mask(self, label):
        """bool (batch, H, W): half of the classes of every image."""
        return class_mix.random_class_mask(label, self.classes, next_seed(self.seeds))

    def losses_of_outputs(self, source, mixed: Copies, on_source, on_mixed) -> dict:
        """Both cross-entropies, from the outputs of the segmenter."""
        return {
            "segmentation": self.loss_of_source(source["label"], self.resize(on_source["logits"], source["image"])),
            "mixed": self.loss_of_mixed(mixed, self.resize(on_mixed["logits"], mixed.image)),
        }

    def loss_of_source(self, label, logits):
        """Mean over the labelled pixels."""
        return self.labelled_loss(label, self.adjusted(logits))

    def loss_of_mixed(self, mixed: Copies, logits):
        """Mean over all pixels, by weight: labels of the teacher count by how much they are believed alone."""
        return cross_entropy(mixed.label, self.adjusted(logits), pixel_weights=mixed.probability)

    def adjusted(self, logits):
        tau = self.logit_adjustment
        return adjusted_logits(logits, self.source_ratios, tau) if tau else logits

    def decay(self):
        """d, of the update to come."""
        return warm_up_decay(self.teacher_decay, self.progress(1))

    def statistics(self) -> list[keras.Variable]:
        """What moves in a forward pass, besides the segmenter."""
        return statistics_of(self.teacher)

    def move_teacher(self, decay, statistics) -> None:
        """After the update: the teacher follows, or what a bad step did to its statistics is undone.

        It has statistics of its own passes, which see the target alone; of both domains they are the segmenter's.
        """
        undo_unless(self.finite, self.statistics(), statistics)
        of_both = self._passes.target_share < 1
        follow(self.teacher, self.segmenter, decay, finite=self.finite, statistics=of_both)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        decay, statistics = self.decay(), [ops.copy(one) for one in self.statistics()]
        taught = self.teach(target)
        mixed = self.mix(source, target["image"], taught)
        with self.step(batch) as step:
            step.pseudo_labels = taught
            on_source, on_mixed = self.forward(source["image"], mixed.image, update_statistics_from=())
            losses = self.losses_of_outputs(source, mixed, on_source, on_mixed)
            self.update_statistics(target["image"])
            step.losses(segmenter=losses["segmentation"] + self.mixed_weight * losses["mixed"])
        self.move_teacher(decay, statistics)
        return step.report(**losses, confident=ops.mean(taught.weight))
