"""Distillation: a trained segmenter of any architecture teaches on the target images."""

from collections.abc import Callable
from pathlib import Path

from keras import ops

from keras_uda.config.ranges import Classes
from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import OpenShare
from keras_uda.config.ranges import PerClass
from keras_uda.config.ranges import Positive
from keras_uda.config.ranges import Run
from keras_uda.config.ranges import Share
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.segmentation import has_label
from keras_uda.losses.teacher import confident_labels
from keras_uda.losses.teacher import softened_distillation
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.common.levels import weighted_sum
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import logits_of


class Distil(AddOn):
    """The segmenter learns what a frozen one, larger or of another kind, says of the target images.

        p = softmax(teacher(x_t));   y = argmax p where max p >= t[argmax p], or among the surest of its class
        L = sum over levels of weight_labels CE(A_t, y) + weight_divergence T^2 KL(p^T || P_t^T)

    p^T and P_t^T are softmax of logits divided by T. Both see the images of the pass `target`, or, where the method has
    none, the whole target images in a pass more. All maps are brought to their size. The weights of the teacher are
    read from its folder; they are in no checkpoint and in no export. A resumed run wants the same ones.

    Args:
        method: that it is for.
        teacher: folder with `segmenter.json` and its weights: a run, or what `import-weights` or `ensemble` wrote.
        label_weights: weight_labels of each level, main level first; the mean is over pixels with a label.
        divergence_weights: weight_divergence of each level.
        temperature: T.
        threshold: t of every class.
        thresholds: t of each class, in place of `threshold`.
        surest: share of the pixels of each class in the batch that get a label whatever t is; none: no others.
        class_names: of the run; filled in by training. The teacher must have the same.
    Source: the divergence: Hinton et al., Distilling the Knowledge in a Neural Network, 2015, section 2,
        https://arxiv.org/abs/1503.02531; confident labels by class: Zou et al., CBST, ECCV 2018,
        https://arxiv.org/abs/1810.07911; a large teacher for a small student in domain adaptation: DUDA, 2025,
        https://arxiv.org/abs/2504.09814
    Deviations:
        1. It is no published method but the smallest form of an idea of several; its weights are our choice.
    """

    needs = ("target_image",)
    reports = ("teacher_labels", "teacher_divergence", "teacher_coverage")

    def __init__(
        self,
        method,
        *,
        teacher: Run,
        label_weights: Levels = (1.0, 0.1),
        divergence_weights: Levels = (1.0, 0.1),
        temperature: Positive = 1.0,
        threshold: Share = 0.9,
        thresholds: PerClass = (),
        surest: OpenShare | None = None,
        class_names: Classes = (),
        **kwargs,
    ):
        super().__init__(method, **kwargs)
        self.label_weights, self.divergence_weights = tuple(label_weights), tuple(divergence_weights)
        self.temperature, self.surest = temperature, surest
        self.thresholds = tuple(thresholds) or (threshold,) * self.classes
        if len(self.thresholds) != self.classes:
            what = f"There are {len(self.thresholds)} thresholds for {self.classes} classes"
            raise ConfigurationError(what, "Give one per class")
        self.teach = frozen_teacher(Path(teacher), tuple(class_names), self.classes)

    def loss(self, step):
        target = step.passes.get("target") or step.method.further_pass(step.batch["target"]["image"])
        taught, student = self.teach(target.images), target.logits
        label = confident_labels(taught, self.thresholds, self.surest)
        labels = [cross_entropy(label, logits) for logits in student]
        divergences = [softened_distillation(taught, logits, self.temperature) for logits in student]
        loss = weighted_sum(self.label_weights, labels) + weighted_sum(self.divergence_weights, divergences)
        coverage = ops.mean(ops.cast(has_label(label), "float32"))
        logged = {"teacher_labels": labels[0], "teacher_divergence": divergences[0], "teacher_coverage": coverage}
        return loss, logged


def frozen_teacher(folder: Path, class_names: tuple[str, ...], classes: int) -> Callable:
    """A function of images (batch, H, W, 3), 0..255: the logits of a trained segmenter at their size.

    It is a function, and not a model, so that its weights are no state of who asks it.

    Args:
        folder: of the segmenter.
        class_names: that it must have; (): any.
        classes: how many it must have.
    Raises:
        ConfigurationError: it has other classes.
        ArtefactError: it cannot be read.
    """
    segmenter, record = load_segmenter(folder)
    if len(record["classes"]) != classes or (class_names and tuple(record["classes"]) != class_names):
        what = f"The teacher {folder} has other classes: {', '.join(record['classes'])}"
        raise ConfigurationError(what, "Name one that was trained on the classes of the run")
    return lambda images: ops.stop_gradient(logits_of(segmenter, images, images))
