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
    log_probabilities = ops.log_softmax(ops.cast(logits, "float32"))  # a softmax beside it takes a quarter longer
    return -ops.exp(log_probabilities) * log_probabilities / math.log(logits.shape[-1])


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


def mean_entropy(logits):
    """Mean over all pixels of the normalised entropy.

        L = mean_i E[i]

    Args:
        logits: float (batch, height, width, C), unnormalised.
    Returns:
        float32 scalar in [0, 1].
    Source: as `entropy`
    """
    return ops.mean(entropy(logits))


def robust_entropy(logits, exponent: float):
    """Mean over all pixels of a power of the entropy: above 1/2 it works on the unsure pixels and leaves sure ones.

        L = mean_i (E[i]^2 + 1e-8)^eta

    Args:
        logits: float (batch, height, width, C), unnormalised.
        exponent: eta; 2 as published.
    Returns:
        float32 scalar.
    Source: Yang and Soatto, FDA, CVPR 2020, https://arxiv.org/abs/2004.05498; `model/deeplab.py` of the released code
        YanchaoYang/FDA, which has 2.9444 for log 19
    """
    return ops.mean(ops.power(ops.square(entropy(logits)) + 1e-8, exponent))


def top_entropy(logits, share: float):
    """Entropy of the least certain pixels of every image (entropy range).

        K = pixels with E[h, w] >= the (1 - share) quantile of E of their image
        L = share * mean over K of E[h, w]

    The factor gives it the scale of the sum of the paper; pixels that tie with the quantile are all in K.

    Args:
        logits: float (batch, height, width, C), unnormalised.
        share: of the pixels of each image, in (0, 1]; 0.3 as published.
    Returns:
        float32 scalar.
    Source: Vu et al., ADVENT, CVPR 2019, section 4.2 ("+ ER"); not in the released code
    """
    uncertain = entropy(logits)
    constant = ops.stop_gradient(uncertain)
    threshold = ops.quantile(constant, 1.0 - share, axis=(1, 2), keepdims=True)
    mask = ops.cast(constant >= threshold, "float32")
    of_image = ops.sum(uncertain * mask, axis=(1, 2)) / ops.maximum(ops.sum(mask, axis=(1, 2)), 1.0)
    return share * ops.mean(of_image)
