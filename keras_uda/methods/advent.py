"""AdvEnt: alignment of weighted self-information maps."""

from keras_uda.losses.entropy import self_information
from keras_uda.methods.common.output_alignment import OutputAlignment


class AdvEnt(OutputAlignment):
    """Makes the uncertainty maps of target images look like those of source images.

        I = -P log P / log C,   P = softmax(segmenter(x)) at the size of the image
        segmenter:      sum over levels of weight_seg * CE(P_s, y_s) + weight_adv * BCE(D(I_t), source)
        discriminators: sum over levels of [BCE(D(I_s), source) + BCE(D(I_t), target)] / 2

    Args:
        segmenter: with one or two levels.
        segmentation_weights, adversarial_weights, discriminator_base, policy: of `OutputAlignment`.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.2, equations 4 to 6, https://arxiv.org/abs/1811.12833; released code
    Deviations:
        1. Losses are means over pixels and source is 0, as released; the paper sums, and source is 1.
        2. All gradients are taken before any update, as released.
        3. Weight decay is 5e-4 in the configurations, as released; the paper says 1e-4.
        4. SYNTHIA is trained with 16 classes, one level and 90,000 steps: the only released configuration for it.
        5. The class prior ("+ CP") is not in the released code; it is the add-on `class_prior`.
    """

    official = {
        "optimizers.segmenter.arguments.repeats": "official",  # its generator lists convolutions three or four times
    }
    output_map = staticmethod(self_information)
