"""Pixel contrast with a memory of good features per class, and the losses on labels that a teacher gives.

Source of all: Alonso et al., Semi-supervised Semantic Segmentation with Pixel-level Contrastive Learning from a
Class-wise Memory Bank, ICCV 2021, https://arxiv.org/abs/2104.13415; released code Shathe/SemiSeg-Contrastive
"""

import math

from keras import ops

from keras_uda.losses.segmentation import has_label
from keras_uda.losses.segmentation import known_labels
from keras_uda.ops.replicas import divisor
from keras_uda.ops.replicas import sum_over_replicas

SHORTEST = 1e-12  # length of a vector that has a direction


def contrast_classes(members, memory_members):
    """Which classes take part: those with at least two features and at least two memories.

    Args:
        members: float (n, C) of 0 and 1.
        memory_members: float (C, size) of 0 and 1.
    Returns:
        float32 (C,) of 0 and 1.
    """
    several = ops.logical_and(sum_over_replicas(ops.sum(members, axis=0)) > 1, ops.sum(memory_members, axis=1) > 1)
    return ops.cast(several, "float32")


def memory_contrast(features, members, scores, memory, memory_scores):
    """Features of a class come close to the memories of that class, weighted by attention on both sides.

        w[i] = N_c s[i] / sum of s over the N_c features of the class;   the same for memories
        L = 1/C sum_c mean over features i and memories j of c of w[i] w[j] (1 - cos(f[i], m[j]))
          = 1/C sum_c (1 - mean_i w[i] f[i]/|f[i]| . mean_j w[j] m[j]/|m[j]|)

    Args:
        features: float (n, channels).
        members: float (n, C), 1 for the class of a feature; all 0 for one that is left out. A class without features
            or without memories is skipped.
        scores: float (n,), s in (0, 1), 1 for no attention.
        memory: float (C, size, channels), without gradient.
        memory_scores: float (C, size), 0 where there is no memory.
    Returns:
        float32 scalar in [0, 2]; skipped classes count as 0.
    Source: section 3.3, equations of L_contr
    """
    weights = members * scores[:, None]
    of_class = sum_over_replicas(ops.sum(weights, axis=0))
    shares = ops.transpose(weights / ops.where(of_class > 0, of_class, 1.0))
    centre = sum_over_replicas(ops.matmul(shares, unit(features)))
    kept = ops.einsum("cs,csf->cf", _shares(memory_scores), ops.stop_gradient(unit(memory)))
    present = ops.logical_and(of_class > 0, ops.sum(memory_scores, axis=1) > 0)
    return ops.mean(ops.where(present, 1.0 - ops.sum(centre * kept, -1), 0.0))


def _shares(weights):
    total = ops.sum(weights, axis=1, keepdims=True)
    return weights / ops.where(total > 0, total, 1.0)


def unit(vectors):
    """Vectors divided by their length; 0 stays 0, and has a gradient of 0.

    Source: torch.nn.functional.normalize
    """
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(ops.square(vectors), -1, keepdims=True)
    long = squares > SHORTEST**2
    scaled = vectors * ops.rsqrt(ops.where(long, squares, 1.0))
    return ops.where(long, scaled, ops.stop_gradient(vectors / SHORTEST))  # that gradient is larger than float16 holds


def ramp_up(progress):
    """Weight of labels that a teacher gives, while it is still learning itself.

        r(p) = exp(-5 (1 - min(p, 1))^2)

    Args:
        progress: p, share of the ramp that is done.
    Returns:
        float32 in [0.0067, 1].
    Source: Laine and Aila, Temporal Ensembling, ICLR 2017, appendix A; `sigmoid_ramp_up` of the released code
    """
    left = 1.0 - ops.minimum(ops.cast(progress, "float32"), 1.0)
    return ops.exp(-5.0 * ops.square(left))


def masked_entropy(logits, valid):
    """Mean normalised entropy over some pixels.

        L = sum over valid pixels of H(P) / (valid pixels * log C)

    Args:
        logits: float (batch, height, width, C), unnormalised.
        valid: bool (batch, height, width).
    Returns:
        float32 scalar; 0 if no pixel is valid.
    Source: `entropy_loss` of the released code, for batches of one
    """
    valid = ops.cast(valid, "float32")
    return ops.sum(valid * _entropy(logits)) / divisor(ops.sum(valid))


def released_masked_entropy(logits, valid):
    """The same as the released code has it: the mask of every image meets every image, so a batch of n counts n times.

    Args:
        logits, valid: as of `masked_entropy`.
    Returns:
        float32 scalar.
    Source: `entropy_loss` of the released code, whose mask (n, 1, h, w) is broadcast against (n, h, w)
    """
    valid = ops.cast(valid, "float32")
    valid, uncertain = (sum_over_replicas(ops.sum(one, axis=0)) for one in (valid, _entropy(logits)))
    return ops.sum(valid * uncertain) / ops.maximum(ops.sum(valid), 1.0)


def _entropy(logits):
    logits = ops.cast(logits, "float32")
    return -ops.sum(ops.softmax(logits) * ops.log_softmax(logits), axis=-1) / math.log(logits.shape[-1])


def class_members(labels, classes: int):
    """float32 (n, C): one-hot labels of pixels, all 0 where there is none.

    Args:
        labels: integer (...), flattened to n.
    """
    labels = ops.reshape(labels, (-1,))
    return ops.one_hot(known_labels(labels), classes, dtype="float32") * ops.cast(has_label(labels), "float32")[:, None]
