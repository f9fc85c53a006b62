"""Masked consistency: a segmenter that sees parts of a target image must say what a teacher says of all of it."""

from typing import Literal

import keras
from keras import ops

from keras_uda.augment.block_mask import hide_blocks
from keras_uda.augment.class_mix import confident_share
from keras_uda.augment.crop import next_seed
from keras_uda.augment.photometric import colour_and_blur
from keras_uda.config.ranges import OpenShare
from keras_uda.config.ranges import Positive
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Weight
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import warm_up_decay
from keras_uda.layers.mean_teacher import without_dropout
from keras_uda.losses.rare_classes import surest_of_each_class
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.add_ons.base import check_needs
from keras_uda.methods.common.passes import with_batch_statistics
from keras_uda.methods.step import PseudoLabels

COLOURS = {"strength": 0.2, "jitter_chance": 0.8, "blur_chance": 0.5}
BLACK = (0.0, 0.0, 0.0)


class MaskedConsistency(AddOn):
    """Predictions for target images with hidden blocks must be what a teacher says of the whole images (MIC).

        L_M = mean over all pixels of q CE(A(hidden blocks of x_t), y');   y' = first choice of the teacher for x_t
        q = share of all pixels of the batch whose teacher probability reaches `confidence`
        its own teacher, after the update t = 1, 2, ...:   teacher <- d teacher + (1 - d) segmenter,
        d = min(1 - 1 / (t + 1), teacher_decay)

    Hidden blocks have the mean colour of the network, which its normalisation makes 0; x_t changes its colours before.
    The teacher is that of the method. If the method labels the whole target images within its step, its labels and
    weights q (margins too) are taken and there is no further pass of a teacher; a teacher that does not is asked as in
    use. A method without a teacher gets one, which normalises with its batch, and drops nothing.

    Args:
        method: that it is for.
        weight: lambda_M.
        block: side of a block, in pixels from 1 on (published: 64 for crops of 1024, 32 for 512), below 1 in heights of
            the image.
        ratio: share of blocks that is hidden.
        mode: `target` masks all target images of the batch; `separate` the first of the source, with its label and the
            weight 1, and the first of the target, as published for Cityscapes -> ACDC and Dark Zurich.
        colours: jitter (0.2, with the chance 0.8) and blur (0.5) before the mask; none: in the mode `target`.
        confidence: of a pixel, for q where the method has no weights of its own; none: q is 1.
        surest: share of the pixels of each class that the teacher is surest of: these weigh 1, the others nothing, in
            place of q; none: q.
        teacher: `host`: that of the method if it has one; `own`: another one.
        teacher_decay: the largest, of its own teacher.
    Source: Hoyer et al., MIC, CVPR 2023, section 3, https://arxiv.org/abs/2212.01322; released code
    Deviations:
        1. A block is a sixteenth of the height of the image, which is 64 and 32 pixels for the published crops.
        2. The main level alone is trained; with an auxiliary head the released code would train both.
        3. The teacher of a method that learns from a given one (`ProDADistil`) does not follow the segmenter.
        4. Thresholds by class (`surest`) are ours, and off; in short runs few pixels reach the published confidence.
    """

    needs = ("target_image",)
    needs_with = {"mode": {"separate": ("source_label",)}}
    reports = ("masked_consistency", "masked_weight")

    def __init__(
        self,
        method,
        *,
        weight: Weight = 1.0,
        block: Positive = 1 / 16,
        ratio: Share = 0.7,
        mode: Literal["target", "separate"] = "target",
        colours: bool | None = None,
        confidence: Share | None = 0.968,
        surest: OpenShare | None = None,
        teacher: Literal["host", "own"] = "host",
        teacher_decay: Share = 0.999,
        **kwargs,
    ):
        super().__init__(method, **kwargs)
        check_needs(type(self), method, {"mode": mode})
        self.weight, self.block, self.ratio, self.mode = weight, block, ratio, mode
        self.colours = mode == "target" if colours is None else colours
        self.confidence, self.surest, self.teacher_decay = confidence, surest, teacher_decay
        self.mean_colour = getattr(method.segmenter, "mean_colour", BLACK)
        has_teacher = teacher == "host" and getattr(method, "teacher", None) is not None
        self.own_teacher = None if has_teacher else slow_copy(method.segmenter)
        if self.own_teacher is not None:
            without_dropout(self.own_teacher)
        self.seeds = keras.random.SeedGenerator()

    def loss(self, step):
        taught = self.pseudo_labels(step)
        weight = self.quality(taught) if taught.weight is None else taught.weight
        images, labels, weights = self.examples(step.batch, taught.label, ops.stop_gradient(weight))
        if self.colours:
            images = colour_and_blur(images, next_seed(self.seeds), **COLOURS)
        hidden = {"block": self.block, "ratio": self.ratio, "colour": self.mean_colour}
        masked = hide_blocks(images, next_seed(self.seeds), **hidden)
        value = step.method.further_loss(masked, labels, weights)
        return value, {"masked_consistency": value, "masked_weight": ops.mean(weight)}

    def pseudo_labels(self, step) -> PseudoLabels:
        """What the teacher says of the target images: of this step if the method asked it, else of a pass."""
        if self.own_teacher is None and step.pseudo_labels is not None:
            return step.pseudo_labels
        images = step.batch["target"]["image"]
        if self.own_teacher is None:
            outputs = step.teacher(ops.cast(images, "float32"), training=False)
        else:
            outputs = with_batch_statistics(self.own_teacher, images)
        return PseudoLabels.of_logits(step.method.resize(outputs["logits"], images))

    def quality(self, taught: PseudoLabels):
        """q for every pixel, or which of them are the surest of their class: float32 (batch, H, W)."""
        label, confidence = taught.label, taught.confidence
        if self.surest is not None:
            return ops.cast(surest_of_each_class(confidence, label, self.classes, self.surest), "float32")
        share = 1.0 if self.confidence is None else confident_share(confidence, self.confidence)
        return share * ops.ones_like(confidence, dtype="float32")

    def examples(self, batch, labels, weights) -> tuple:
        """Images, labels and weights of what is learnt from."""
        target = ops.cast(batch["target"]["image"], "float32"), ops.cast(labels, "int32"), weights
        if self.mode == "target":
            return target
        image, label = ops.cast(batch["source"]["image"], "float32"), ops.cast(batch["source"]["label"], "int32")
        if image.shape[1:] != target[0].shape[1:]:
            raise ConfigurationError("Images of different sizes make no batch", "Set data.size for both domains")
        source = image, label, ops.ones_like(label, dtype="float32")
        return tuple(ops.stack([one[0], other[0]]) for one, other in zip(source, target, strict=True))

    def after(self, method):
        if self.own_teacher is not None:
            decay = warm_up_decay(self.teacher_decay, method.progress(1))
            follow(self.own_teacher, method.segmenter, decay, finite=method.finite, statistics=False)
