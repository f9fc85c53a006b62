"""HRDA: DAFormer on two scales of every image, whose predictions an attention fuses."""

from contextlib import contextmanager

import tensorflow as tf

from keras_uda.augment.copies import Copies
from keras_uda.augment.crop import next_seed
from keras_uda.config.ranges import Margins
from keras_uda.config.ranges import Share
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.multi_resolution import two_scale_losses
from keras_uda.methods.daformer import DAFormer
from keras_uda.ops.margins import inside_margins_of_crops
from keras_uda.ops.sliding import Box
from keras_uda.ops.sliding import draw_box
from keras_uda.segmenters.two_scales import has_two_scales
from keras_uda.segmenters.two_scales import one_window


class HRDA(DAFormer):
    """DAFormer whose segmenter sees every image twice: all of it at half scale, and a window of it at full scale.

        A = up((1 - a) A_context) + up(a) A_detail,   a: attention, by class, 0 outside of the window
        L(A, y, v) = (1 - lambda_d) mean of v CE(A, y) + lambda_d mean over the window of v CE(A_detail, y)
        L = L(A_s, y_s, 1) + weight_mixed L(A_m, y_m, v);   means are over all pixels

    Every pass draws one window for all images of its batch, at multiples of 8 pixels where logits have stride 4.
    Pseudo-labels, test and export fuse the windows that slide over an image, half a window apart. Mixed images, their
    weights v and the teacher are those of `DAFormer`, at full scale.

    Args:
        segmenter: with two scales (`segmenter.scales: 2`).
        detail_weight: lambda_d.
        margins: shares of the rows at the top and at the bottom of the whole image, and of its columns at the left and
            at the right, whose pseudo-labels weigh nothing; published 30, 240, 30 and 30 of 1024 rows and 2048 columns.
        ...: the others of `DAFormer`.
    Source: Hoyer et al., HRDA, ECCV 2022, https://arxiv.org/abs/2204.13132; released code lhoyer/HRDA
    Deviations:
        1. Networks whose maps are all at one stride give the attention that one; published: the four of the encoder.
        2. The attention is as wide as the features, at most 256 channels (published: 256).
        3. The test averages the logits of sliding crops before they are resized to the frame, the released code after.
        4. Those of `DAFormer`.
    """

    reads = ("source", "target", "border")
    scales = 2
    reports = ("segmentation", "mixed", "detail_source", "detail_mixed", "confident")

    def __init__(
        self,
        segmenter,
        *,
        detail_weight: Share = 0.1,
        margins: Margins = (0.029296875, 0.234375, 0.0146484375, 0.0146484375),
        **kwargs,
    ):
        if not has_two_scales(segmenter):
            raise ConfigurationError("The segmenter has one scale", "Set segmenter.scales to 2")
        super().__init__(segmenter, margins=(0.0, 0.0), **kwargs)
        self.detail_weight, self.image_margins = detail_weight, tuple(margins)

    def teach(self, target):
        taught = super().teach(target)
        inside = inside_margins_of_crops(tuple(taught.label.shape[1:3]), target["border"], self.image_margins)
        return taught._replace(weight=taught.weight * inside)

    @contextmanager
    def step(self, batch):
        with one_window(self.segmenter, self.draw_window), super().step(batch) as step:
            yield step

    def draw_window(self, size: tuple[int, int], window: tuple[int, int], divisor: int) -> Box:
        """The one window of a pass."""
        return draw_box(size, window, divisor, next_seed(self.seeds))

    def losses_of_outputs(self, source, mixed: Copies, on_source, on_mixed) -> dict:
        """Losses of the fused predictions and of the details, which are part of them."""
        certain = self.label_weights(source["label"])
        fused_source, detail_source = self.losses_of_scales(source["label"], on_source, certain, self.adjusted)
        fused_mixed, detail_mixed = self.losses_of_scales(mixed.label, on_mixed, mixed.probability, self.adjusted)
        losses = {"segmentation": fused_source + detail_source, "mixed": fused_mixed + detail_mixed}
        return losses | {"detail_source": detail_source, "detail_mixed": detail_mixed}

    def losses_of_scales(self, label, outputs, weights, change=lambda logits: logits):
        """Of the fused prediction and of the detail of one pass: two scalars, whose sum is the loss.

        Args:
            label, outputs, weights: of the pass; weights of pixels.
            change: of the logits.
        """
        fused, detail = (change(outputs[name]) for name in ("logits", "detail_logits"))
        if detail.shape[0] != fused.shape[0]:
            raise ConfigurationError("Training images are larger than segmenter.crop", "Set data.crop to it")
        box = Box(*tf.unstack(outputs["windows"][0]))
        return two_scale_losses(label, fused, detail, box, self.detail_weight, weights)

    def further_loss(self, images, labels, weights):
        return sum(self.losses_of_scales(labels, self.further_pass(images).outputs, weights))
