"""ProDA, later stages: a new segmenter learns from the labels and the predictions of the one before."""

import keras
from keras import ops

from keras_uda.augment.crop import RandomCrop
from keras_uda.augment.crop import next_seed
from keras_uda.augment.rand_augment import strong_view
from keras_uda.augment.rand_augment import visible
from keras_uda.config.ranges import Crop
from keras_uda.config.ranges import Scales
from keras_uda.config.ranges import Weight
from keras_uda.core.classes import IGNORE
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.losses.distillation import distillation
from keras_uda.losses.distillation import released_distillation
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.proda import quarter_of
from keras_uda.ops import resize
from keras_uda.ops.resize import upsample
from keras_uda.ops.warp import nearest


class ProDADistil(DomainAdaptation):
    """Distils the segmenter of an earlier stage into one that starts anew.

        L = CE(A_s, y_s) + CE(A_strong, y) + weight_kd KL(P_teacher || P_strong)

    Teacher and segmenter see the same strong view; y are hard labels, given where an earlier stage was certain
    (`pseudo_labels: {policy: confidence, threshold: 0.95}`), moved with the view; all at a quarter of the image.

    Args:
        segmenter: with one level; `start: initial` of the stage makes it anew.
        teacher: the segmenter of the stage that `teacher` names; without it a copy of `segmenter` as it is.
        distillation_weight: weight_kd.
        released_form: KL as released, which is none: probabilities stand where their logarithms should, and the mean
            goes over the classes too.
        crop: width and height of random crops of both domains, as shares; () takes whole images.
        crop_scales: smallest and largest factor that images are scaled by before they are cropped.
    Source: Zhang et al., ProDA, CVPR 2021, section 3.4, https://arxiv.org/abs/2101.10979; `step_distillation` of the
        released code
    Deviations:
        1. KL is one; the released code gives it probabilities for logarithms, and the published numbers may have been
           made so (`released_form`, `--preset official`).
        2. Strong views as in `ProDA`.
        3. The last stage resumes the one before, as the released command does; the paper's table starts it from
           self-supervised weights.
        4. A parameter is updated once a step; the released optimiser updates listed ones three or four times (`--preset
           official`).
    """

    reads = ("source", "target", "pseudo_label")
    passes = ("source", "strong")
    policies = ("class_balanced", "global", "confidence")
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
        "arguments.released_form": True,  # the code takes probabilities for their logarithms
    }
    reports = ("segmentation", "pseudo_labels", "distillation", "coverage")
    level_reports = ()
    has_teacher = True

    def __init__(
        self,
        segmenter,
        teacher: keras.Model | None = None,
        *,
        distillation_weight: Weight = 1.0,
        released_form: bool = False,
        crop: Crop = (),
        crop_scales: Scales = (0.5, 1.5),
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.teacher = slow_copy(segmenter if teacher is None else teacher)
        self.distillation = released_distillation if released_form else distillation
        self.distillation_weight = distillation_weight
        self.crop, self.seeds = RandomCrop(crop, crop_scales), keras.random.SeedGenerator()

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        source_image, source_label = self.crop.cut(source["image"], source["label"])
        target_image, label = self.crop.cut(target["image"], target["pseudo_label"])
        strong, size = strong_view(target_image, next_seed(self.seeds)), quarter_of(target_image)
        label = nearest(resize.nearest(label, size), strong.view, size)
        label = ops.where(visible(strong, size), ops.cast(label, "int32"), IGNORE)
        teacher_logits = upsample(self.teacher(strong.images, training=False)["logits"], size)
        with self.step(batch) as step:
            step.source_label = source_label
            on_source, on_strong = self.forward(source_image, strong.images, update_statistics_from=())
            strong_logits = upsample(on_strong["logits"], size)
            losses = {
                "segmentation": self.labelled_loss(source_label, upsample(on_source["logits"], source_image)),
                "pseudo_labels": cross_entropy(label, strong_logits),
                "distillation": self.distillation(teacher_logits, strong_logits),
            }
            segmenter_loss = losses["segmentation"] + losses["pseudo_labels"]
            segmenter_loss += self.distillation_weight * losses["distillation"]
            self.update_statistics(target_image)
            step.losses(segmenter=segmenter_loss)
        return step.report(**losses, coverage=ops.mean(ops.cast(label != IGNORE, "float32")))
