"""The class-ratio prior of ADVENT, for any method that has target logits of every level."""

import keras
import numpy as np

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import PerClass
from keras_uda.config.ranges import Share
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.class_ratio import class_ratio_shortfall
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.levels import weighted_sum


class ClassPrior(DomainAdaptation):
    """Adds to a method: classes of the source must keep a share of every target image.

        L_cp = sum_c max(0, prior_share * p_s(c) - mean_hw P_t[h, w, c]),   p_s: shares among the source pixels

    Args:
        segmenter: with one or two levels.
        prior_weights: lambda_cp of each level, main level first; none: no prior.
        prior_share: mu, in [0, 1].
        source_ratios: p_s of every class; measured on the source labels where the configuration leaves it open.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.3, equation 7 ("+ CP"); not in the released code
    """

    def __init__(
        self,
        segmenter,
        *,
        prior_weights: Levels = (),
        prior_share: Share = 0.5,
        source_ratios: PerClass = (),
        **kwargs,
    ):
        super().__init__(segmenter, **kwargs)
        self.prior_weights = tuple(prior_weights)
        ratios = np.array(source_ratios or [0.0] * self.classes, "float32")
        if ratios.shape != (self.classes,):
            what = f"There are {len(ratios)} source ratios for {self.classes} classes"
            raise ConfigurationError(what, "Give one per class")
        self.least = prior_share * ratios
        if self.prior_weights:
            self.trackers["class_prior"] = keras.metrics.Mean("class_prior")

    @classmethod
    def measures(cls, arguments: dict) -> tuple[str, ...]:
        return ("source_ratios",) if arguments.get("prior_weights") else ()

    def prior(self, target_logits):
        """Weighted sum over levels, and its log; 0 without a prior."""
        if not self.prior_weights:
            return 0.0
        shortfalls = [class_ratio_shortfall(logits, self.least) for logits in target_logits]
        self.trackers["class_prior"].update_state(shortfalls[0])
        return weighted_sum(self.prior_weights, shortfalls)
