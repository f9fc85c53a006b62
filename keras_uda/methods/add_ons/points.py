"""Points: labelled pixels of target images, on top of any method."""

from keras import ops

from keras_uda.config.ranges import Levels
from keras_uda.losses.weak import point_loss
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.common.levels import weighted_sum
from keras_uda.methods.step import Pass


class Points(AddOn):
    """Cross-entropy at the pixels of target images that somebody has labelled.

        L_pt = sum over levels of weight * mean over images of the mean over their points of -log P_t[point, class]

    An image without a point counts as 0. The logits are those of the pass `target`; where the method has none, or
    changes the images before it, the target images go through the segmenter once more. Target batches hold `points`,
    int (batch, P, 3): row, column, class, padded with -1.

    Args:
        method: that it is for.
        weights: of each level, main level first.
    Source: Paul et al., Domain Adaptive Semantic Segmentation Using Weak Labels, ECCV 2020, section 3.4,
        https://arxiv.org/abs/2007.15176; the form of the loss is that of `WeakLabel`
    Deviations:
        1. Published as a part of `WeakLabel`, together with tags and alignment; here it joins any method.
        2. An auxiliary level has the loss, too; published: the main level alone.
    """

    needs = ("target_image",)
    reads = ("points",)
    reports = ("points",)

    def __init__(self, method, *, weights: Levels = (1.0, 0.1), **kwargs):
        super().__init__(method, **kwargs)
        self.level_weights = tuple(weights)

    def loss(self, step):
        points = step.batch["target"]["points"]
        known = ops.ones((ops.shape(points)[0], self.classes), dtype="float32")  # a class that is clicked is present
        losses = [point_loss(logits, points, known) for logits in unaltered(step).logits]
        return weighted_sum(self.level_weights, losses), {"points": losses[0]}


def unaltered(step) -> Pass:
    """The pass of the target images as they are in the batch, whose pixels the points count."""
    images, found = step.batch["target"]["image"], step.passes.get("target")
    return found if found is not None and found.images is images else step.method.further_pass(images)
