"""How unsure a prediction is: weighted self-information and entropy."""

import math

from keras import ops


def self_information(logits):
    """Weighted self-information of a prediction.

        I[h, w, c] = -P[h, w, c] * log P[h, w, c] / log C

    Args:
        logits: float (batch, height, width, C), unnormalised.
    Returns:
        float32 of the same shape, values in [0, 1/(e log C)]; their sum over C is the entropy, in [0, 1].
    Source: Vu et al., ADVENT, CVPR 2019, section 3.2, https://arxiv.org/abs/1811.12833
    """
    logits = ops.cast(logits, "float32")
    return -ops.softmax(logits) * ops.log_softmax(logits) / math.log(logits.shape[-1])


def entropy(logits):
    """Normalised entropy of the prediction at every pixel.

        E[h, w] = sum_c I[h, w, c] = -sum_c P[h, w, c] * log P[h, w, c] / log C

    Args:
        logits: float (batch, height, width, C), unnormalised.
    Returns:
        float32 (batch, height, width), in [0, 1]; the released code minimises its mean over all pixels.
    Source: Vu et al., ADVENT, CVPR 2019, equation 2; mean and log base in valeoai/ADVENT advent/utils/loss.py
    """
    return ops.sum(self_information(logits), axis=-1)
