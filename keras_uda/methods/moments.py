"""Moments: alignment of features by distances between their distributions, without a discriminator."""

from keras import ops

from keras_uda.config.ranges import Cells
from keras_uda.config.ranges import Exponents
from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Steps
from keras_uda.config.ranges import Weight
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.moments import coral
from keras_uda.losses.moments import mean_distance
from keras_uda.losses.moments import mk_mmd
from keras_uda.losses.moments import mk_mmd_linear
from keras_uda.losses.moments import pooled
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum
from keras_uda.ops.gradient_reversal import ramp_up
from keras_uda.ops.replicas import joined_batch
from keras_uda.ops.resize import upsample


class Moments(DomainAdaptation):
    """Draws the distributions of pooled features together: their covariances, and their means in many kernels.

        F = the last features, their mean over the image and over grid x grid cells of it: n vectors of each domain
        segmenter: sum over levels of weight_seg * CE(segmenter(x_s), y_s) + r(p) [weight_C L_C + weight_K L_K]
        L_C = ||C_s - C_t||_F^2 / (4 d^2);   with `match_means` + ||m_s - m_t||^2 / (4 d)
        L_K = MK-MMD(F_s, F_t): see `mk_mmd`, `mk_mmd_linear`
        r(p) = 2 / (1 + exp(-10 p)) - 1,   p = step / total_steps

    Args:
        segmenter: with one or two levels.
        segmentation_weights: lambda_seg of each level, main level first; the second is unused with one level.
        coral_weight: of the distance of covariances (CORAL).
        mmd_weight: of the distance of means in kernels (MK-MMD).
        match_means: CORAL also draws the means together.
        linear_mmd: MK-MMD over a ring of neighbouring vectors instead of over all pairs.
        kernel_exponents: of the bandwidths, powers of two times the mean squared distance.
        grid: cells in a row and in a column of the image; 0: its mean alone.
        total_steps: of the ramp; set to the steps of the stage where the configuration leaves it open.
    Source: Sun and Saenko, Deep CORAL, ECCV 2016 workshops, section 3, https://arxiv.org/abs/1607.01719; Long et al.,
        Learning Transferable Features with Deep Adaptation Networks, ICML 2015, section 3,
        https://arxiv.org/abs/1502.02791
    Deviations:
        1. There is no canonical form for segmentation: both papers align the features of whole images, for
           classification. Here the mean of the last features over the image and over cells of it are the samples.
        2. The weights rise as those of DANN do; Deep CORAL has a constant one, chosen so that both losses end alike.
        3. MK-MMD adds the kernels with equal weights; the paper learns them. It aligns one layer; the paper several.
        4. A published library adds 2 / (n - 1) to MK-MMD, which moves no gradient; it is left out.
    """

    reports = ("coral", "mmd", "alignment_ramp")

    def __init__(
        self,
        segmenter,
        *,
        segmentation_weights: Levels = (1.0, 0.1),
        coral_weight: Weight = 1.0,
        mmd_weight: Weight = 0.0,
        match_means: bool = False,
        linear_mmd: bool = False,
        kernel_exponents: Exponents = (-3, -2, -1, 0, 1),
        grid: Cells = 4,
        total_steps: Steps = 1000,
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.segmentation_weights = tuple(segmentation_weights)
        self.coral_weight, self.mmd_weight = coral_weight, mmd_weight
        self.match_means, self.mmd = match_means, mk_mmd_linear if linear_mmd else mk_mmd
        self.kernel_exponents, self.grid, self.total_steps = tuple(kernel_exponents), grid, total_steps

    def vectors(self, outputs):
        """float32 (n, d): samples of the whole batch, each beside those of other images at the same place."""
        samples = ops.transpose(joined_batch(pooled(outputs["features"], self.grid)), (1, 0, 2))
        if samples.shape[0] * samples.shape[1] < 2:
            what = "moments compares distributions, but a batch of one image and `grid` 0 give one vector"
            raise ConfigurationError(what, "Set --data.batch 2 or more, or `grid` 2 or more")
        return ops.reshape(samples, (-1, samples.shape[-1]))

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        ramp = ramp_up(self.progress(self.total_steps))
        with self.step(batch) as step:
            source_outputs, target_outputs = self.forward(source["image"], target["image"])
            source_logits = [upsample(source_outputs[level], source["image"]) for level in self.levels]
            segmentation = [self.labelled_loss(source["label"], logits) for logits in source_logits]

            of_source, of_target = self.vectors(source_outputs), self.vectors(target_outputs)
            covariances = coral(of_source, of_target)
            if self.match_means:
                covariances += mean_distance(of_source, of_target) / 4
            kernels = self.mmd(of_source, of_target, self.kernel_exponents)
            alignment = self.coral_weight * covariances + self.mmd_weight * kernels
            step.losses(segmenter=weighted_sum(self.segmentation_weights, segmentation) + ramp * alignment)
        return step.report(segmentation=segmentation, coral=covariances, mmd=kernels, alignment_ramp=ramp)
