"""How much of a target image each class should take, known from the labels of the source."""

import numpy as np
from keras import ops


def class_ratio_shortfall(logits, least):
    """What the classes of an image lack of the share they should have at least.

        L = sum_c max(0, least[c] - mean_hw P[h, w, c]), mean over images

    Args:
        logits: float (batch, height, width, C), unnormalised.
        least: float (C,); mu times the share of each class among all source pixels.
    Returns:
        float32 scalar.
    Source: Vu et al., ADVENT, CVPR 2019, section 3.3, equation 7; mean over pixels and max(0, .) confirmed by the
        authors in github.com/valeoai/ADVENT/issues/9
    """
    shares = ops.mean(ops.softmax(ops.cast(logits, "float32")), axis=(1, 2))
    return ops.mean(ops.sum(ops.relu(ops.convert_to_tensor(least, "float32") - shares), axis=-1))


def class_size_violation(logits, sizes, excess: float = 10.0, presence: float = 0.1, large: float = 0.1):
    """How far the classes that are present in an image are from the sizes they have in the source.

        m_c = mean_hw P[h, w, c];   present_c = [share of arg-max pixels of c > presence * lower_c]
        L = sum over present c of w_c (max(0, mean_c - m_c) + excess * max(0, m_c - upper_c)), mean over images
        w_c = 0.1 if lower_c > large else 1

    A differentiable stand-in for the constrained solver of the paper, which is not published.

    Args:
        logits: float (batch, height, width, C), unnormalised.
        sizes: float (C, 3): lower, mean, upper share of the image area over the source images that hold the class;
            NaN for a class that none of them holds.
        excess: weight of the upper bound, which has no slack in the paper.
        presence: share of the lower size that makes a class present.
        large: lower size above which a class counts a tenth.
    Returns:
        float32 scalar.
    Source: Hoffman et al., FCNs in the Wild, 2016, section 3.3, https://arxiv.org/abs/1612.02649
    """
    sizes = np.asarray(sizes, "float32")
    known = np.isfinite(sizes).all(axis=-1)
    lower, mean, upper = np.where(known[:, None], sizes, 0.0).T
    weight = known * np.where(lower > large, 0.1, 1.0).astype("float32")
    logits = ops.cast(logits, "float32")
    soft = ops.mean(ops.softmax(logits), axis=(1, 2))
    hard = ops.mean(ops.one_hot(ops.argmax(logits, axis=-1), logits.shape[-1]), axis=(1, 2))
    present = ops.cast(hard > presence * lower, "float32")
    violation = ops.relu(mean - soft) + excess * ops.relu(soft - upper)
    return ops.mean(ops.sum(present * weight * violation, axis=-1))
