"""Pixel contrast with a class-wise memory as published: some target images have labels."""

import keras
from keras import ops

from keras_uda.augment.copies import STRONG
from keras_uda.augment.copies import WEAK
from keras_uda.augment.copies import Copies
from keras_uda.augment.copies import augment_copies
from keras_uda.augment.crop import next_seed
from keras_uda.config.ranges import Chances
from keras_uda.config.ranges import Count
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.core.classes import IGNORE
from keras_uda.layers.class_balance import ClassBalance
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import resting_decay
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.losses.contrastive import masked_entropy
from keras_uda.losses.contrastive import ramp_up
from keras_uda.losses.contrastive import released_masked_entropy
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.finite import undo_unless
from keras_uda.methods.common.pixel_contrast import ContrastOptions
from keras_uda.methods.common.pixel_contrast import PixelContrast
from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.methods.step import PseudoLabels
from keras_uda.ops.resize import upsample

CONFIDENCE_POWER = 6  # of the teacher's probability in the weight of a pixel


class SemiSupervisedMemory(DomainAdaptation):
    """Learns labelled images (of source and target) and the teacher's labels on two strong copies of unlabelled ones.

        L = CE_w(A_l, y_l) + mean over all pixels of r(t) p^6 w[y'] CE(A_u, y') + weight_ent H(A_u)
            + weight_contr (L_contr(x_l) + L_contr(x_u))

    y', p are label and probability of the teacher, r a ramp, w root of median over frequency of a class. The labelled
    images come as `source` (`data.labelled_images` puts labelled target images among them), the unlabelled as `target`.

    Args:
        segmenter: with one level; features are its `features`.
        contrast_weight: weight_contr.
        entropy_weight: weight_ent.
        paste_chances: that classes are pasted into the labelled, and into the unlabelled copies.
        memory_size, memory_confidence, memory_start, projection_width, teacher_decay, official_bugs, total_steps: as of
            `ContrastiveMemory`.
        contrast_start: as there; also the length of the ramp, and from then on classes are weighted and pasted.
        labelled_images: that fill the memory once.
        unlabelled_images: target images without labels, one pass over which the class weights count.
    Source: Alonso et al., ICCV 2021, sections 3 and 4.1, https://arxiv.org/abs/2104.13415; released code, the
        script for adaptation
    Deviations:
        1. Steps, memory and head as in `ContrastiveMemory` (2, 3 and 5 there).
        2. Source images are used (released: in the last 100 steps only, by a wrong condition that `official_bugs` does
           not repeat; for it, name a source with the labelled target images only).
        3. The entropy of a copy is masked by its own labels (released, with `official_bugs`: by those of all copies).
        4. Batches hold as many labelled as unlabelled images; published: 5 and 2.
    """

    passes = ("unlabelled", "labelled")  # copies of both, changed in colour and place
    target_labels = "some"
    trains = ("segmenter", "heads")
    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        # The memory keeps the features of the lowest attention, and all of them weigh the same.
        "arguments.official_bugs": True,
    }
    level_reports = ()
    may_collapse = True  # the teacher that labels the target images follows the segmenter
    reports = ("segmentation", "pseudo_labels", "entropy", "contrast_labelled", "contrast_unlabelled", "remembered")

    def __init__(
        self,
        segmenter,
        *,
        contrast_weight: Weight = 0.2,
        entropy_weight: Weight = 0.01,
        paste_chances: Chances = (0.25, 0.75),
        memory_size: Width = 256,
        memory_confidence: Share = 0.95,
        memory_start: Share = 1 / 150,
        contrast_start: Share = 2 / 150,
        projection_width: Width = 256,
        teacher_decay: Share = 0.995,
        unlabelled_images: Count = 0,
        labelled_images: Count = 0,
        official_bugs: bool = False,
        batch: Steps = 1,
        total_steps: Steps = 1000,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.entropy_weight, self.contrast_start, self.total_steps = entropy_weight, contrast_start, total_steps
        self.paste_chances, self.teacher_decay = tuple(paste_chances), teacher_decay
        options = ContrastOptions(
            contrast_weight, projection_width, memory_size, memory_confidence,
            memory_start, contrast_start, labelled_images, official_bugs,
        )  # fmt: skip
        self.pixel_contrast = PixelContrast(self.classes, segmenter.output["features"].shape[-1], options)
        self.heads, self.teacher = self.pixel_contrast.heads, slow_copy(segmenter)
        self.entropy = released_masked_entropy if official_bugs else masked_entropy
        passes = (max(1, images // batch) for images in (labelled_images, unlabelled_images))
        self.balance = ClassBalance(self.classes, *passes)
        self.seeds = keras.random.SeedGenerator()

    def decay(self):
        """Of the teacher, of the update to come."""
        return resting_decay(self.progress(self.total_steps), self.teacher_decay, self.progress(1))

    def statistics(self):
        return [*statistics_of(self.teacher), *self.pixel_contrast.statistics()]

    def copies(self, source, image, pseudo_labels, probability) -> tuple[Copies, Copies]:
        """The labelled images changed a little, and two strong copies of the unlabelled ones behind each other."""
        ramp_is_over = ops.cast(self.ramp_done() > 1, "float32")
        label = ops.cast(source["label"], "int32")
        labelled = Copies(ops.cast(source["image"], "float32"), label, ops.ones_like(label, dtype="float32"))
        unlabelled = Copies(ops.cast(image, "float32"), pseudo_labels, probability)
        labelled_chance, unlabelled_chance = self.paste_chances
        weak = augment_copies(labelled, WEAK, labelled_chance, self.classes, next_seed(self.seeds))
        strong = [
            augment_copies(unlabelled, STRONG, ramp_is_over * unlabelled_chance, self.classes, next_seed(self.seeds))
            for _ in range(2)
        ]
        return weak, Copies(*(ops.concatenate(pair) for pair in zip(*strong, strict=True)))

    def ramp_done(self):
        """Share of the ramp that is done."""
        return self.progress(self.total_steps) / max(self.contrast_start, 1e-9)

    def pixel_weights(self, probability):
        """r p^6, what pixels with the labels of the teacher count: float32 (batch, H, W)."""
        return ramp_up(self.ramp_done()) * probability**CONFIDENCE_POWER

    def current_class_weights(self):
        return ops.where(self.ramp_done() > 1, self.balance.current_weights(), 1.0)

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        decay, statistics = self.decay(), [ops.copy(one) for one in self.statistics()]
        _, pseudo_labels, probability = teacher_outputs(self.teacher, target["image"], self.resize)
        labelled, unlabelled = self.copies(source, target["image"], pseudo_labels, probability)
        progress, class_weights = self.progress(self.total_steps), self.current_class_weights()
        taught = teacher_outputs(self.teacher, labelled.image, self.resize)
        memory = self.pixel_contrast.remember(taught, labelled.label, progress)
        with self.step(batch) as step:
            step.pseudo_labels = PseudoLabels(pseudo_labels, probability, self.pixel_weights(probability))
            on_unlabelled, on_labelled = self.forward(unlabelled.image, labelled.image, update_statistics_from=(0, 1))
            logits = upsample(on_unlabelled["logits"], unlabelled.image)
            weights = self.pixel_weights(unlabelled.probability)
            labelled_logits = upsample(on_labelled["logits"], labelled.image)
            losses = {
                "segmentation": cross_entropy(labelled.label, labelled_logits, class_weights),
                "pseudo_labels": cross_entropy(unlabelled.label, logits, class_weights, pixel_weights=weights),
                "entropy": self.entropy(logits, unlabelled.label != IGNORE),
                "contrast_labelled": self.pixel_contrast.loss(on_labelled["features"], labelled.label, memory),
                "contrast_unlabelled": self.pixel_contrast.loss(on_unlabelled["features"], unlabelled.label, memory),
            }
            loss = losses["segmentation"] + losses["pseudo_labels"] + self.entropy_weight * losses["entropy"]
            loss += self.pixel_contrast.weight(progress) * (losses["contrast_labelled"] + losses["contrast_unlabelled"])
            step.losses(segmenter=loss, heads=loss)
        self.balance.update(source["label"], pseudo_labels, finite=self.finite)
        self.pixel_contrast.memory.store(memory, when=self.finite)
        self.move_teachers(decay, statistics)
        return step.report(**losses, remembered=ops.mean(memory.slots))

    def move_teachers(self, decay, statistics) -> None:
        """After the update: segmenter and heads of the teacher follow, or what a bad step did is undone."""
        undo_unless(self.finite, self.statistics(), statistics)
        for slow, fast in ((self.teacher, self.segmenter), (self.pixel_contrast.teacher_heads, self.heads)):
            follow(slow, fast, decay, finite=self.finite, statistics=False)
