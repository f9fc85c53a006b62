"""LSD-seg: alignment in image space, through images decoded from the features."""

import math

import numpy as np
import tensorflow as tf
from keras import ops

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Policy
from keras_uda.config.ranges import Weight
from keras_uda.config.ranges import Width
from keras_uda.layers.generators import build_generator
from keras_uda.layers.image_space import PatchDiscriminator
from keras_uda.losses.image_space import SOURCE_FAKE
from keras_uda.losses.image_space import SOURCE_REAL
from keras_uda.losses.image_space import TARGET_FAKE
from keras_uda.losses.image_space import TARGET_REAL
from keras_uda.losses.image_space import labels_of_patches
from keras_uda.losses.image_space import patch_cross_entropy
from keras_uda.losses.image_space import reconstruction_error
from keras_uda.losses.image_space import restyle
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.segmentation import has_label
from keras_uda.methods.base import DomainAdaptation
from keras_uda.ops import replicas
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.inference import outputs_of


class LSDSeg(DomainAdaptation):
    """Decodes features into images, and makes those of one domain look like the other to a patch discriminator.

        G_d = generator(features(x_d));   discriminator(x) = (s, c): c the class of a patch, s its kind,
        0 source real, 1 source decoded, 2 target real, 3 target decoded
        discriminator: ce(s(x_s), 0) + ce(s(G_s), 1) + ce(s(x_t), 2) + ce(s(G_t), 3) + ce(c(x_s), y_s)
        generator: ce(c(G_s), y_s) + weight_G [ce(s(G_s), 0) + ce(s(G_t), 2)] + weight_L1 [L1(G_s, x_s) + L1(G_t, x_t)]
        segmenter: ce(A_s, y_s) + weight_adv [ce(s(G_s), 2) + ce(s(G_t), 0)] + weight_aux ce(c(G_s), y_s)

    ce is the sum over pixels or patches divided by the batch, L1 a mean divided by the batch. Updates in this order.

    Args:
        segmenter: its main level is trained. With `fcn8s_vgg16` the generator is the published one.
        adversarial_weight: beta.
        auxiliary_weight: alpha.
        generator_weight: of the generator's own adversarial term.
        reconstruction_weight: of L1.
        sum_losses: ce are sums, as released, beside which L1 hardly counts; otherwise means over what has a label.
        generator_base: channels of the last stage of the generator.
        discriminator_base: channels of the discriminator.
        dropout: in the residual blocks of both.
        policy: dtype policy of both.
    Source: Sankaranarayanan et al., Learning from Synthetic Data, CVPR 2018, section 3 and equations 1 to 4,
        https://arxiv.org/abs/1711.06969; released code swamiviv/LSD-seg
    Deviations:
        1. Losses as released: the paper's generator has no auxiliary class term.
        2. All gradients are taken before any update; the released code changes D before it goes back through it, which
           mixes old activations with new weights.
        3. Labels of patches keep height and width; the released code exchanges them.
        4. Generator and discriminator see RGB; released: BGR. Their rate is 1e-4, as released; the paper has 2e-4.
        5. Biases have the rate of the kernels (released: twice), and the segmenter keeps its rate (released: a tenth
           every 8 epochs).
        6. The size is that of the paper; the released code trains at 640x320.
    """

    trains = ("segmenter", "generator", "discriminator")
    official = {
        # Sums of cross-entropies beside means of L1, with the weights that belong to them: those of means are others.
        "arguments.sum_losses": True,
        "arguments.adversarial_weight": 0.1,
        "arguments.auxiliary_weight": 0.1,
        "arguments.generator_weight": 0.1,
        "arguments.reconstruction_weight": 1.0,
    }
    reports = (
        "segmentation",
        "adversarial",
        "auxiliary",
        "reconstruction",
        "discriminator_kind",
        "discriminator_category",
    )
    level_reports = ()
    chance_loss = math.log(4)  # two domains, real or generated
    caption = (
        "Images that the generator decodes from the features of the segmenter. “As target”: the features of the source "
        "image with the mean and the deviation that every channel has on target images."
    )

    def __init__(
        self,
        segmenter,
        *,
        adversarial_weight: Weight = 0.1,
        auxiliary_weight: Weight = 0.1,
        generator_weight: Weight = 0.1,
        reconstruction_weight: Weight = 1.0,
        sum_losses: bool = True,
        generator_base: Width = 64,
        discriminator_base: Width = 128,
        dropout: BelowOne = 0.5,
        policy: Policy = "float32",
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.adversarial_weight, self.auxiliary_weight = adversarial_weight, auxiliary_weight
        self.generator_weight, self.reconstruction_weight = generator_weight, reconstruction_weight
        self.reduce = sum_over_cells if sum_losses else mean_over_cells
        self.generator = build_generator(segmenter, generator_base, dropout, policy)
        self.discriminator = PatchDiscriminator(self.classes, discriminator_base, dropout, policy)

    def kind_loss(self, answer, kind):
        """ce(s(x), kind)."""
        losses = patch_cross_entropy(answer["kind"], kind)
        return self.reduce(ops.mean(losses), ops.ones_like(losses))

    def category_loss(self, answer, labels):
        """ce(c(x), y), at the patches."""
        return self.pixel_loss(labels_of_patches(labels, answer["category"]), answer["category"])

    def pixel_loss(self, labels, logits, class_weights=None):
        """ce(A, y)."""
        return self.reduce(cross_entropy(labels, logits, class_weights), has_label(labels))

    def discriminator_loss(self, on_real, on_fake, labels):
        loss = self.kind_loss(on_real[0], SOURCE_REAL) + self.kind_loss(on_fake[0], SOURCE_FAKE)
        loss += self.kind_loss(on_real[1], TARGET_REAL) + self.kind_loss(on_fake[1], TARGET_FAKE)
        return loss + self.category_loss(on_real[0], labels)

    def generator_loss(self, on_fake, reconstruction, labels):
        own = self.kind_loss(on_fake[0], SOURCE_REAL) + self.kind_loss(on_fake[1], TARGET_REAL)
        l1 = self.reconstruction_weight * reconstruction / batch_size(labels)
        return self.category_loss(on_fake[0], labels) + self.generator_weight * own + l1

    def segmenter_loss(self, logits, on_fake, labels):
        other = self.kind_loss(on_fake[0], TARGET_REAL) + self.kind_loss(on_fake[1], SOURCE_REAL)
        auxiliary = self.auxiliary_weight * self.category_loss(on_fake[0], labels)
        return self.pixel_loss(labels, logits, self.class_weights) + self.adversarial_weight * other + auxiliary

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        labels = source["label"]
        with self.step(batch) as step:
            outputs = self.forward(source["image"], target["image"])
            real = [ops.cast(images, "float32") / 255 for images in (source["image"], target["image"])]
            fake = [self.generator(o, images, training=True) for o, images in zip(outputs, real, strict=True)]
            on_real = [self.discriminator(images, training=True) for images in real]
            on_fake = [self.discriminator(images, training=True) for images in fake]
            logits = upsample(outputs[0]["logits"], labels)
            reconstruction = sum(reconstruction_error(*pair) for pair in zip(real, fake, strict=True))

            # Each loss reaches all three through the decoded images; each moves one part.
            discriminator_loss = self.discriminator_loss(on_real, on_fake, labels)
            generator_loss = self.generator_loss(on_fake, reconstruction, labels)
            segmenter_loss = self.segmenter_loss(logits, on_fake, labels)
            step.losses(discriminator=discriminator_loss, generator=generator_loss, segmenter=segmenter_loss)
        return step.report(**means(labels, logits, on_real, on_fake), reconstruction=reconstruction / 2)

    def pictures(self, batch) -> dict[str, np.ndarray]:
        """Images of both domains as the generator decodes them, and the source with the target's feature statistics."""
        images = [ops.cast(batch[domain]["image"], "float32") for domain in ("source", "target")]
        source, target = (outputs_of(self.segmenter, one) for one in images)
        as_target = tf.nest.map_structure(restyle, generator_inputs(source), generator_inputs(target))
        sets = {
            "source": images[0] / 255,
            "source decoded": self.generator(source, images[0]),
            "source decoded as target": self.generator(as_target, images[0]),
            "target": images[1] / 255,
            "target decoded": self.generator(target, images[1]),
        }
        return {name: np.asarray(ops.round(255 * one)).astype("uint8") for name, one in sets.items()}


def generator_inputs(outputs) -> dict:
    """The outputs of a segmenter that a generator decodes."""
    return {name: outputs[name] for name in ("features", "skips")}


def sum_over_cells(mean, cells):
    """Sum over the cells that `mean` was taken over, divided by the batch."""
    return mean * replicas.mean_over_replicas(ops.sum(ops.cast(cells, "float32"))) / own_batch_size(cells)


def mean_over_cells(mean, cells):
    """Mean over cells, divided by the batch as released."""
    return mean / batch_size(cells)


def batch_size(maps):
    """Of all replicas: means are divided by it."""
    return own_batch_size(maps) * replicas.count()


def own_batch_size(maps):
    """Of this replica: sums over its part are divided by it."""
    return ops.cast(ops.shape(maps)[0], "float32")


def means(labels, logits, on_real, on_fake) -> dict:
    """What the log shows: every loss as a mean over its pixels or patches, so that sizes do not matter."""
    kinds = [(on_real[0], SOURCE_REAL), (on_fake[0], SOURCE_FAKE), (on_real[1], TARGET_REAL), (on_fake[1], TARGET_FAKE)]
    crossed = [(on_fake[0], TARGET_REAL), (on_fake[1], SOURCE_REAL)]

    def mean_kind(pairs):
        return sum(ops.mean(patch_cross_entropy(answer["kind"], kind)) for answer, kind in pairs) / len(pairs)

    def category(answer):
        return cross_entropy(labels_of_patches(labels, answer["category"]), answer["category"])

    return {
        "segmentation": cross_entropy(labels, logits),
        "adversarial": mean_kind(crossed),
        "auxiliary": category(on_fake[0]),
        "discriminator_kind": mean_kind(kinds),
        "discriminator_category": category(on_real[0]),
    }
