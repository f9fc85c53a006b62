"""AdaptSegNet: alignment of predictions in the output space, at one or two levels."""

from keras import ops

from keras_uda.losses.adversarial import least_squares as squared_distance
from keras_uda.methods.common.output_alignment import OutputAlignment


class AdaptSegNet(OutputAlignment):
    """Makes the predictions on target images look like those on source images.

        P = softmax(segmenter(x)) at the size of the image;   l = BCE, or squared distance
        segmenter:      sum over levels of weight_seg * CE(P_s, y_s) + weight_adv * l(D(P_t), source)
        discriminators: sum over levels of [l(D(P_s), source) + l(D(P_t), target)] / 2

    Args:
        segmenter: with one or two levels.
        least_squares: l is the squared distance to the domain; the released code then takes an adversarial weight of
            0.01.
        segmentation_weights, adversarial_weights, discriminator_base, policy: of `OutputAlignment`.
    Source: Tsai et al., AdaptSegNet, CVPR 2018, sections 3 and 4, https://arxiv.org/abs/1802.10349; released code
    Deviations:
        1. Source is 0, as released; the paper has 1.
        2. One segmenter step on the sum of both terms, all gradients before any update, as released; the paper updates
           in turn.
        3. No Nesterov momentum, as released.
        4. The head sums four dilations and a parameter is updated once a step, as in the paper; the released head
           returns after two, and its listed parameters are updated three or four times (`--preset official`).
    """

    official = {
        "segmenter.arguments.aspp_dilations": (6, 12),  # its head returns after two of its four branches
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    output_map = staticmethod(ops.softmax)

    def __init__(self, segmenter, *, least_squares: bool = False, **kwargs):
        super().__init__(segmenter, **kwargs)
        if least_squares:
            self.domain_loss, self.chance_loss = squared_distance, 1 / 4
