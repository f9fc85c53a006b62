"""Distances of features to one prototype per class, and what they say about labels.

Source of all: Zhang et al., ProDA, CVPR 2021, sections 3.2 and 3.3, https://arxiv.org/abs/2101.10979; released code
microsoft/ProDA, models/adaptation_modelv2.py
"""

from keras import ops

from keras_uda.core.classes import IGNORE

FEWEST_PIXELS = 10  # of a class in an image, for its mean to move a prototype
ROUNDING = 1e-6  # of a squared distance, relative to the squared norms that it is the difference of


def prototype_distances(features, prototypes):
    """How far every feature is from every prototype.

        d[i, c] = ||f[i] - eta[c]||_2,   with gradient 0 where it is 0

    Args:
        features: float (batch, height, width, channels).
        prototypes: float (C, channels).
    Returns:
        float32 (batch, height, width, C), not negative.
    Source: ProDA, equation 5; `feat_prototype_distance` of the released code
    """
    features, prototypes = ops.cast(features, "float32"), ops.cast(prototypes, "float32")
    # One matrix product instead of a (batch, h, w, C, channels) difference; the shift keeps the squares small.
    middle = ops.stop_gradient(ops.mean(prototypes, axis=0))
    features, prototypes = features - middle, prototypes - middle
    lengths = ops.sum(ops.square(features), -1, keepdims=True) + ops.sum(ops.square(prototypes), -1)
    squares = lengths - 2.0 * ops.matmul(features, ops.transpose(prototypes))
    apart = squares > ROUNDING * lengths
    return ops.where(apart, ops.sqrt(ops.where(apart, squares, 1.0)), 0.0)


def prototype_weights(distances, sharpness: float = 1.0):
    """How much each class is believed, from the distances to the prototypes.

        omega[c] = softmax_c( -tau (d[c] - min_c' d[c']) )

    Args:
        distances: float (..., C).
        sharpness: tau; it multiplies, as released (the paper divides), and is 1 in both.
    Returns:
        float32 of the same shape, sums to 1 over the last axis.
    Source: ProDA, equation 5
    """
    return ops.softmax(-sharpness * ops.cast(distances, "float32"))


def rectified_labels(weights, soft_labels, threshold: float = 0.0):
    """Pseudo-labels that were chosen once, corrected by where the features lie now.

        r[c] = omega[c] p_0[c] / sum_c' omega[c'] p_0[c'];   y = argmax_c r[c], none where max_c r[c] < threshold

    Args:
        weights: float (..., C), of `prototype_weights`.
        soft_labels: float (..., C), p_0, not negative.
        threshold: 0 labels every pixel, as published.
    Returns:
        int32 (...), `IGNORE` where there is no label.
    Source: ProDA, equation 4
    """
    products = ops.cast(weights, "float32") * ops.cast(soft_labels, "float32")
    certain = ops.max(products, -1) >= threshold * ops.sum(products, -1)
    return ops.where(certain, ops.cast(ops.argmax(products, -1), "int32"), IGNORE)


def class_means(features, logits, labels=None, confidence: float = 0.0):
    """Mean feature of every class in every image.

        mu[n, c] = mean of f[n, i] over the pixels i of image n with argmax_c' A[n, i, c'] = c (and label c, if given)

    Args:
        features: float (batch, height, width, channels).
        logits: float (batch, height, width, C), at the same size.
        labels: integer (batch, height, width); pixels where they are not the prediction are left out.
        confidence: least probability of a pixel in a mean; it does not change which classes are present.
    Returns:
        float32 (batch, C, channels), and bool (batch, C): present, that is predicted for at least 10 pixels; the
        mean of an absent class is 0.
    Source: `calculate_mean_vector` of the released code
    """
    features, logits = ops.cast(features, "float32"), ops.cast(logits, "float32")
    members = ops.one_hot(ops.argmax(logits, -1), logits.shape[-1], dtype="float32")
    if labels is not None:
        members = members * ops.one_hot(ops.cast(labels, "int32"), logits.shape[-1], dtype="float32")
    present = ops.sum(members, axis=(1, 2)) >= FEWEST_PIXELS
    if confidence > 0:
        members = members * ops.cast(ops.max(ops.softmax(logits), -1, keepdims=True) >= confidence, "float32")
    sizes = ops.sum(members, axis=(1, 2))
    present = ops.logical_and(present, sizes > 0)
    sums = ops.einsum("nhwc,nhwf->ncf", members, features)
    means = sums / ops.maximum(sizes, 1.0)[..., None]
    return ops.where(present[..., None], means, 0.0), present


def moving_average(prototypes, means, present, momentum: float):
    """Prototypes after the images of a batch, one after the other.

        eta[c] <- (1 - m) eta[c] + m mu[n, c]   for every image n in which c is present

    Args:
        prototypes: float (C, channels).
        means: float (batch, C, channels).
        present: bool (batch, C).
        momentum: m, 1 - lambda of the paper; 1e-4 as published.
    Returns:
        float32 (C, channels).
    Source: ProDA, equation 6
    """
    present = ops.cast(present, "float32")
    later = ops.sum(present, axis=0) - ops.cumsum(present, axis=0)
    shares = present * momentum * (1.0 - momentum) ** later
    kept = (1.0 - momentum) ** ops.sum(present, axis=0)
    return kept[:, None] * prototypes + ops.einsum("nc,ncf->cf", shares, means)
