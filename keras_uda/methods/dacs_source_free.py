"""DACS without a source: classes of one target image are pasted into another, both labelled by a slow teacher."""

from keras import ops

from keras_uda.augment import class_mix
from keras_uda.augment.copies import Copies
from keras_uda.augment.crop import next_seed
from keras_uda.augment.photometric import colour_and_blur
from keras_uda.methods.dacs import DACS
from keras_uda.methods.step import PseudoLabels
from keras_uda.ops.replicas import next_of_batch


class DACSSourceFree(DACS):
    """Self-training on target images into which half of the classes of another target image are pasted.

        y', q, r, v' = M r(x_o) + (1 - M) r(x_t): as of `DACS`, for x_t and for x_o, the image before it in the batch
        M: pixels of x_o of half of the classes that the teacher finds there, drawn
        x_m = M x_o + (1 - M) x_t, recoloured;   y_m = M y'(x_o) + (1 - M) y'(x_t)
        L = weight_mixed * mean over all pixels of v' CE(A_m, y_m)

    With one image in a batch, it is mixed with itself. It is `DACS` without its source images, which is the published
    mix of unlabelled images; `data.source.name none` chooses it in its place.

    Args:
        segmenter: trained, with one level.
        ...: those of `DACS`; ratios for `logit_adjustment` must be given.
    Source: Olsson et al., ClassMix, WACV 2021, section 3, https://arxiv.org/abs/2007.07936, with the colours, weights
        and teacher of Tranheden et al., DACS, WACV 2021, https://arxiv.org/abs/2007.08702
    Deviations:
        1. No labelled image is in a batch; the published methods learn true labels in every step.
        2. The other image is the one before in the batch, which the order of the data has drawn.
    """

    reads = ("target",)
    passes = ("mixed",)
    reports = ("mixed", "confident")
    without_source = ""

    def mix_of_target(self, image, taught: PseudoLabels) -> Copies:
        """Pastes classes of the image before into each image, and changes the colours; `probability` is the weight."""
        image = ops.cast(image, "float32")
        other, label, weight = (next_of_batch(one) for one in (image, taught.label, taught.weight))
        mask = self.draw_mask(label)
        jitter, blur = self.strong_chances
        chances = {"strength": self.colour_strength, "jitter_chance": jitter, "blur_chance": blur}
        mixed = colour_and_blur(class_mix.mix(mask, other, image), next_seed(self.seeds), **chances)
        return Copies(mixed, class_mix.mix(mask, label, taught.label), class_mix.mix(mask, weight, taught.weight))

    def train_step(self, batch):
        target = batch["target"]
        decay, statistics = self.decay(), [ops.copy(one) for one in self.statistics()]
        taught = self.teach(target)
        mixed = self.mix_of_target(target["image"], taught)
        with self.step(batch) as step:
            step.pseudo_labels = taught
            (on_mixed,) = self.forward(mixed.image, update_statistics_from=())
            loss = self.loss_of_mixed(mixed, self.resize(on_mixed["logits"], mixed.image))
            self.update_statistics(target["image"])
            step.losses(segmenter=self.mixed_weight * loss)
        self.move_teacher(decay, statistics)
        return step.report(mixed=loss, confident=ops.mean(taught.weight))
