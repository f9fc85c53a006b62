"""DAFormer: DACS with what a transformer needs: a slower teacher, no labels in the margins, and things that last."""

import tensorflow as tf

from keras_uda.augment import class_mix
from keras_uda.augment.crop import next_seed
from keras_uda.config.ranges import Chances
from keras_uda.config.ranges import Share
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.mean_teacher import warm_up_decay
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.dacs import DACS
from keras_uda.ops.margins import inside_margins
from keras_uda.ops.replicas import any_of_replicas
from keras_uda.ops.resize import half_pixel


class DAFormer(DACS):
    """DACS whose teacher counts the first weights too, and labels nothing near the upper and the lower border.

        L = mean over all pixels of CE_w(A_s, y_s) + weight_mixed * mean over all pixels of v CE(A_m, y_m)
        v = M w + (1 - M) r [pixel not in the margins];   y', r, M, x_m, y_m as in `DACS`
        after the update t = 1, 2, ...:   teacher <- d teacher + (1 - d) segmenter,   d = min(1 - 1 / (t + 1), decay)

    The rest of the recipe is in its configuration, and any method can have it: the sampler `rare_class`, the add-on
    `feature_distance`, AdamW with `linear_warm_up`, and `segformer` with the head `daformer`.

    Args:
        segmenter: with one level.
        margins: share of the rows at the top and at the bottom whose pseudo-labels weigh nothing; published 15 and 120
            of 512, where the frames of the cameras are rectified and show the bonnet.
        batch_classes: as released: classes are drawn from those of the whole batch, and may be missing in the image.
        ...: the others of `DACS`, with the teacher's decay and the colours of this paper.
    Source: Hoyer et al., DAFormer, CVPR 2022, section 3, https://arxiv.org/abs/2111.14887; released code
    Deviations:
        1. Classes are drawn from those of the image, as in DACS; the released code draws from those of the batch
           (`batch_classes`, `--preset official`).
        2. The teacher moves after a step and not before the next one: the same weights label every batch.
        3. Margins are shares of the rows, so that they mean the same at any size.
        4. Scores resize logits with aligned corners, as those of all methods here; the released code does not.
    """

    official = {"arguments.batch_classes": True}
    without_source = ""  # its recipe needs rare classes of the source, and features of its images
    resize = staticmethod(half_pixel)

    def __init__(
        self,
        segmenter,
        *,
        teacher_decay: Share = 0.999,
        colour_strength: Share = 0.2,
        margins: Chances = (0.029296875, 0.234375),
        batch_classes: bool = False,
        **kwargs,
    ):
        super().__init__(segmenter, teacher_decay=teacher_decay, colour_strength=colour_strength, **kwargs)
        self.margins, self.batch_classes = tuple(margins), batch_classes
        if any(sum(pair) >= 1 for pair in zip(self.margins[::2], self.margins[1::2], strict=True)):
            what = f"margins {list(self.margins)} leave nothing of an image"
            raise ConfigurationError(what, "Give shares of opposite sides that sum to less than 1")

    def pixel_weights(self, label, confidence):
        size = tuple(confidence.shape[1:3])
        rows = [round(share * size[0]) for share in self.margins]
        return super().pixel_weights(label, confidence) * inside_margins(size, (*rows, 0, 0))

    def draw_mask(self, label):
        if not self.batch_classes:
            return super().draw_mask(label)
        present = class_mix.present_classes(label, self.classes)
        present = tf.broadcast_to(any_of_replicas(tf.reduce_any(present, axis=0, keepdims=True)), tf.shape(present))
        drawn = class_mix.draw_classes(present, class_mix.half_of(present), next_seed(self.seeds))
        return class_mix.class_mask(label, drawn)

    def loss_of_source(self, label, logits):
        """Mean over all pixels, those without a label included."""
        return cross_entropy(label, self.adjusted(logits), pixel_weights=self.label_weights(label))

    def decay(self):
        return warm_up_decay(self.teacher_decay, self.progress(1) + 1.0)
