"""Class-ratio prior: classes of the source keep a share of every target image."""

import numpy as np

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import PerClass
from keras_uda.config.ranges import Share
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.class_ratio import class_ratio_shortfall
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.common.levels import weighted_sum


class ClassPrior(AddOn):
    """Classes of the source must keep a share of every target image.

        L_cp = sum over levels of weight * sum_c max(0, share * p_s(c) - mean_hw P_t[h, w, c])

    p_s are the shares of the classes among the source pixels.

    Args:
        method: that it is for.
        weights: lambda_cp of each level, main level first; our choice, the paper gives none.
        share: mu.
        source_ratios: p_s of every class; measured on the source labels where the configuration leaves it open.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.3, equation 7 ("+ CP"), https://arxiv.org/abs/1811.12833
    Deviations:
        1. It is not in the released code; its weight is our choice.
    """

    needs = ("target",)
    measured = {"source_ratios": ""}
    reports = ("class_prior",)

    def __init__(
        self,
        method,
        *,
        weights: Levels = (0.001, 0.0002),
        share: Share = 0.5,
        source_ratios: PerClass = (),
        **kwargs,
    ):
        super().__init__(method, **kwargs)
        self.level_weights = tuple(weights)
        ratios = np.array(source_ratios or [0.0] * self.classes, "float32")
        if ratios.shape != (self.classes,):
            what = f"There are {len(ratios)} source ratios for {self.classes} classes"
            raise ConfigurationError(what, "Give one per class")
        self.minimum_shares = share * ratios

    def loss(self, step):
        shortfalls = [class_ratio_shortfall(logits, self.minimum_shares) for logits in step.logits("target")]
        return weighted_sum(self.level_weights, shortfalls), {"class_prior": shortfalls[0]}
