"""Entropy minimisation on top of any method."""

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import Positive
from keras_uda.losses.entropy import mean_entropy
from keras_uda.losses.entropy import robust_entropy
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.methods.common.levels import weighted_sum


class Entropy(AddOn):
    """Makes predictions on target images as sure as those on source images.

        L = sum over levels of weight * mean over pixels of E(P_t),   or of (E(P_t)^2 + 1e-8)^exponent

    E is the entropy, divided by log C. An exponent above 1/2 leaves sure pixels alone and works on the unsure ones.

    Args:
        method: that it is for.
        weights: lambda_ent of each level, main level first; the paper of the exponent has 0.005 for one level.
        exponent: eta, 2 as published; none: the entropy itself, as `MinEnt` has it.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.1, https://arxiv.org/abs/1811.12833; the exponent: Yang and Soatto,
        FDA, CVPR 2020, https://arxiv.org/abs/2004.05498; released codes
    Deviations:
        1. The entropy is that of predictions at the size of the images; the code of FDA takes the logits as they
           are, and adds it after a number of steps.
    """

    needs = ("target",)
    reports = ("entropy",)

    def __init__(self, method, *, weights: Levels = (0.001, 0.0002), exponent: Positive | None = None, **kwargs):
        super().__init__(method, **kwargs)
        self.level_weights, self.exponent = tuple(weights), exponent

    def loss(self, step):
        losses = [self.level_loss(logits) for logits in step.logits("target")]
        return weighted_sum(self.level_weights, losses), {"entropy": losses[0]}

    def level_loss(self, logits):
        return mean_entropy(logits) if self.exponent is None else robust_entropy(logits, self.exponent)
