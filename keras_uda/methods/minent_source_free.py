"""MinEnt without a source: a given segmenter becomes surer of the target images."""

from keras_uda.config.ranges import Levels
from keras_uda.config.ranges import OpenShare
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.common.entropy_range import entropy_of
from keras_uda.methods.common.levels import weighted_sum


class MinEntSourceFree(DomainAdaptation):
    """Makes predictions on target images surer, from a segmenter that was trained elsewhere.

        L = sum over levels of weight_ent * mean over pixels of E(segmenter(x_t))

    It is `MinEnt` without its term on the source; `data.source.name none` chooses it in its place.

    Args:
        segmenter: trained, with one or two levels.
        entropy_weights, entropy_share: as of `MinEnt`.
    Source: the entropy term of Vu et al., ADVENT, CVPR 2019, section 3.1, https://arxiv.org/abs/1811.12833, alone, as
        Wang et al., Tent, ICLR 2021, section 3.2, https://arxiv.org/abs/2006.10726, train with it
    Deviations:
        1. All weights are trained; Tent trains the scale and offset of batch normalisation.
        2. Without labels one class may take over: the stage then ends with its last healthy state.
    """

    reads = ("target",)
    passes = ("target",)
    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # as of `MinEnt`
    }
    level_reports = ("entropy",)
    may_collapse = True  # the surest prediction is one class everywhere

    def __init__(
        self, segmenter, *, entropy_weights: Levels = (0.001, 0.0002), entropy_share: OpenShare = 1.0, **kwargs
    ):
        super().__init__(segmenter, **kwargs)
        self.entropy_weights = tuple(entropy_weights)
        self.uncertainty = entropy_of(entropy_share)

    def train_step(self, batch):
        with self.step(batch) as step:
            (target_logits,) = self.segment(batch["target"]["image"])
            target_entropy = [self.uncertainty(logits) for logits in target_logits]
            step.losses(segmenter=weighted_sum(self.entropy_weights, target_entropy))
        return step.report(entropy=target_entropy)
