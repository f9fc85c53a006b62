"""ProDA: soft pseudo-labels, corrected online by the distances of a teacher's features to class prototypes."""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from keras_uda.augment.crop import RandomCrop
from keras_uda.augment.crop import next_seed
from keras_uda.augment.rand_augment import StrongView
from keras_uda.augment.rand_augment import strong_view
from keras_uda.augment.rand_augment import visible
from keras_uda.config.ranges import Crop
from keras_uda.config.ranges import Ramp
from keras_uda.config.ranges import Scales
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Weight
from keras_uda.core.console import progress
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.prototypes import MOST_COUNTED
from keras_uda.layers.prototypes import Prototypes
from keras_uda.losses.distillation import assignment_divergence
from keras_uda.losses.prototypes import class_means
from keras_uda.losses.prototypes import prototype_weights
from keras_uda.losses.prototypes import rectified_labels
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.symmetric import divergence_from_uniform
from keras_uda.losses.symmetric import reverse_cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.step import PseudoLabels
from keras_uda.ops.resize import upsample
from keras_uda.ops.warp import bilinear
from keras_uda.ops.warp import nearest
from keras_uda.segmenters.inference import outputs_of

MAPS = 4  # labels and features of the target are compared at a quarter of the image
SOFT_LABEL_UNIT = 65535  # soft labels come as 16-bit shares


class Views(NamedTuple):
    """What the networks see of a batch of target images: the teacher `full`, the student `weak` and `strong`; and
    `window`, the map from the weak view into the full one, with the soft labels (batch, h, w, C) of the weak one."""

    full: tf.Tensor
    window: tf.Tensor
    weak: tf.Tensor
    soft_labels: tf.Tensor
    strong: StrongView


class ProDA(DomainAdaptation):
    """Denoises the pseudo-labels of the stage before, and gathers the target features around the class prototypes.

        omega = softmax(-tau ||f~ - eta||);   y = argmax omega p_0;   z = softmax(-tau ||f - eta||)
        L = CE(A_s, y_s) + alpha CE(A_w, y) + beta RCE(A_w, y) + gamma_1 KL(z~ || z_strong) + gamma_2 KL(uniform || P_w)
        eta <- lambda eta + (1 - lambda) mean of f~ in an image;   teacher <- mu teacher + (1 - mu) segmenter

    f~, z~ are of the teacher on the full image, A_w of the segmenter on the weak view (the full image or a crop of it),
    z_strong on the strong view, all at a quarter of the image. Batches hold p_0 as `target["soft_label"]`
    (`pseudo_labels: {soft: true}` of the stage); prototypes begin as means over the target images (`begin`).

    Args:
        segmenter: with one level; features are its `features`.
        cross_entropy_weight, reverse_weight: alpha, beta.
        structure_weight: gamma_1.
        regularizer_weight: gamma_2; published 0.1 for GTA5, 0 for SYNTHIA.
        sharpness: tau; it multiplies, as released.
        threshold: least share of a corrected label; 0: all pixels have one.
        prototype_momentum: 1 - lambda.
        teacher_decay: mu.
        teacher_statistics: the teacher normalises with its batch and drops channels, as released; else as in use.
        crop: width and height of random crops (source, and weak view), as shares; () takes whole images.
        crop_scales: smallest and largest factor that images are scaled by before they are cropped.
    Source: Zhang et al., ProDA, CVPR 2021, sections 3.2 and 3.3, https://arxiv.org/abs/2101.10979; `step` of the
        released code
    Deviations:
        1. The prototypes begin with one pass over at most 3000 target images; released: four passes over all.
        2. Moves of the strong view are composed and sampled once, after the changes of colour, and the teacher's
           assignments move with the same map; the released code approximates it at the quarter size.
        3. Batch statistics are of one device; published: synchronised over four.
        4. tau multiplies, as released; in the paper it divides. It is 1 in both.
        5. The teacher normalises with its batch and drops channels, as released; `teacher_statistics: false` does not.
    """

    reads = ("source", "target", "soft_label")
    passes = ("source", "target", "strong")  # of the target the weak view, and a strong view of it
    policies = ("class_balanced", "global", "confidence")
    official = {}  # the optimiser of this stage lists every parameter once
    reports = ("segmentation", "cross_entropy", "reverse", "structure", "regularizer", "corrected")
    level_reports = ()

    def __init__(
        self,
        segmenter,
        *,
        cross_entropy_weight: Weight = 0.1,
        reverse_weight: Weight = 1.0,
        structure_weight: Weight = 10.0,
        regularizer_weight: Weight = 0.1,
        sharpness: Ramp = 1.0,
        threshold: Share = 0.0,
        prototype_momentum: Share = 1e-4,
        teacher_decay: Share = 0.999,
        teacher_statistics: bool = True,
        crop: Crop = (),
        crop_scales: Scales = (0.5, 1.5),
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.loss_weights = {
            "segmentation": 1.0,
            "cross_entropy": cross_entropy_weight,
            "reverse": reverse_weight,
            "structure": structure_weight,
            "regularizer": regularizer_weight,
        }
        self.sharpness, self.threshold = sharpness, threshold
        self.teacher_decay, self.teacher_statistics = teacher_decay, teacher_statistics
        self.teacher = slow_copy(segmenter)
        self.prototypes = Prototypes(self.classes, segmenter.output["features"].shape[-1], prototype_momentum)
        self.crop, self.seeds = RandomCrop(crop, crop_scales), keras.random.SeedGenerator()

    def begin(self, target: Prepared) -> None:
        """Makes the first prototypes, from the segmenter as it is; before the first step."""
        frames = evaluation_frames(target, min(len(target), MOST_COUNTED))
        self.prototypes.forget()

        @tf.function(reduce_retracing=True)
        def add(image):
            outputs = outputs_of(self.segmenter, image)
            means, present = class_means(outputs["features"], upsample(outputs["logits"], outputs["features"]))
            self.prototypes.add(means[0], present[0])

        for _, image, _ in progress(frames, "prototypes of the target", len(frames)):
            add(image[None])

    def views(self, image, soft_label) -> Views:
        image = ops.cast(image, "float32")
        window, size = self.crop.window(image)
        weak = bilinear(image, window, size) if self.crop.size else image
        soft_labels = bilinear(ops.cast(soft_label, "float32") / SOFT_LABEL_UNIT, window, quarter_of(weak))
        return Views(image, window, weak, soft_labels, strong_view(weak, next_seed(self.seeds)))

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        image, label = self.crop.cut(source["image"], source["label"])
        views = self.views(target["image"], target["soft_label"])
        size = quarter_of(views.weak)
        on_full = self.teacher(views.full, training=self.teacher_statistics)
        features, logits = (upsample(on_full[key], quarter_of(views.full)) for key in ("features", "logits"))
        distances = self.prototypes(bilinear(features, views.window, size))
        weights = prototype_weights(distances, self.sharpness)
        pseudo_labels = rectified_labels(weights, views.soft_labels, self.threshold)
        with self.step(batch) as step:
            taught = PseudoLabels.of_logits(self.resize(on_full["logits"], views.full))
            step.source_label, step.pseudo_labels = label, taught
            domains = image, views.weak, views.strong.images
            on_source, on_weak, on_strong = self.forward(*domains, update_statistics_from=(1,))
            weak_logits = upsample(on_weak["logits"], size)
            strong_distances = self.prototypes(upsample(on_strong["features"], size))
            wanted, valid = nearest(distances, views.strong.view, size), visible(views.strong, size)
            losses = {
                "segmentation": self.labelled_loss(label, upsample(on_source["logits"], image)),
                "cross_entropy": cross_entropy(pseudo_labels, weak_logits),
                "reverse": reverse_cross_entropy(pseudo_labels, weak_logits),
                "structure": assignment_divergence(wanted, strong_distances, valid, self.sharpness),
                "regularizer": divergence_from_uniform(weak_logits),
            }
            segmenter_loss = sum(self.loss_weights[name] * loss for name, loss in losses.items())
            step.losses(segmenter=segmenter_loss)
        self.prototypes.move(*class_means(features, logits), finite=self.finite)
        follow(self.teacher, self.segmenter, self.teacher_decay, finite=self.finite, statistics=True)
        return step.report(**losses, corrected=changed_share(pseudo_labels, views.soft_labels))


def quarter_of(images) -> tuple[int, int]:
    """(height, width) of the maps that belong to images, rounded down."""
    return tuple(max(side // MAPS, 1) for side in images.shape[1:3])


def changed_share(labels, soft_labels):
    """Share of the pixels whose label is not the first choice of the soft label: float32 scalar."""
    return ops.mean(ops.cast(labels != ops.cast(ops.argmax(soft_labels, -1), "int32"), "float32"))
