"""Losses on weak labels: which categories an image holds, category-wise alignment, labelled pixels.

Source of all: Paul et al., Domain Adaptive Semantic Segmentation Using Weak Labels, ECCV 2020, and its released code.
Tags are float (batch, C): 1 present, 0 absent, negative unknown.
"""

import math

from keras import ops

from keras_uda.ops.replicas import divisor

SMALLEST = 1e-7  # probabilities of categories stay in [SMALLEST, 1 - SMALLEST]


def pooled_logits(logits, sharpness=1.0):
    """Smooth maximum over the image: the logit that category c is somewhere in it.

        z[c] = 1/k log( mean over pixels of exp(k A[h, w, c]) )

    Args:
        logits: float (batch, height, width, C).
        sharpness: k > 0; large values come close to the maximum.
    Returns:
        float32 (batch, C).
    Source: Weak Labels, section 3.1, "smooth approximation of the max function"
    """
    logits = sharpness * ops.cast(logits, "float32")
    positions = ops.cast(ops.shape(logits)[1] * ops.shape(logits)[2], "float32")
    return (ops.logsumexp(logits, axis=(1, 2)) - ops.log(positions)) / sharpness


def clip_pooled(pooled):
    """Pooled logits whose probability stays in [1e-7, 1 - 1e-7]; the gradient beyond is zero, as released."""
    limit = math.log((1 - SMALLEST) / SMALLEST)
    return ops.clip(pooled, -limit, limit)


def category_probabilities(logits, sharpness=1.0):
    """float32 (batch, C): probability that a category is in the image, sigmoid of its pooled logit, clipped."""
    return ops.clip(ops.sigmoid(pooled_logits(logits, sharpness)), SMALLEST, 1 - SMALLEST)


def pseudo_tags(logits, threshold=0.2, sharpness=1.0):
    """Tags that the network itself gives: 1 where the probability of the category is above `threshold`.

    Args:
        logits: float (batch, height, width, C).
    Returns:
        float32 (batch, C) of 0 and 1, without gradient.
    Source: Weak Labels, section 3.4, pseudo-weak labels
    """
    present = category_probabilities(ops.stop_gradient(logits), sharpness) > threshold
    return ops.cast(present, "float32")


def source_tags(labels, thresholds):
    """Tags of fully labelled images: 1 where a category covers more than its share of the image area.

    Args:
        labels: integer (batch, height, width), values outside [0, C) are ignored.
        thresholds: float (C,), shares in [0, 1); 0 asks for one pixel, NaN never tags.
    Returns:
        float32 (batch, C) of 0 and 1.
    """
    categories = ops.arange(ops.shape(thresholds)[0], dtype="int32")
    of_category = ops.cast(labels, "int32")[..., None] == categories
    return ops.cast(ops.mean(ops.cast(of_category, "float32"), axis=(1, 2)) > thresholds, "float32")


def category_cross_entropy(pooled, tags):
    """Binary cross-entropy of each category, stable for any pooled logit; 0 where the tag is unknown.

        -y log p - (1 - y) log(1 - p),  p = sigmoid(z)

    Args:
        pooled: float (batch, C), pooled logits z.
        tags: float (batch, C).
    Returns:
        float32 (batch, C).
    """
    pooled, tags = ops.cast(pooled, "float32"), ops.cast(tags, "float32")
    known = ops.cast(tags >= 0, "float32")
    return known * (ops.softplus(pooled) - ops.maximum(tags, 0.0) * pooled)


def category_loss(pooled, tags):
    """Mean over the images of the mean cross-entropy over their known tags; an image without one counts as 0.

    So images that say nothing do not make the others louder: where half of them are tagged, a mean over what is known
    would double every step of that half.

    Args:
        pooled: float (batch, C), pooled logits (`clipped` for the released form).
        tags: float (batch, C).
    Source: Weak Labels, equation of L_c; the released code takes the mean over images and all categories
    """
    known = ops.sum(ops.cast(tags >= 0, "float32"), axis=1)
    return ops.mean(ops.sum(category_cross_entropy(pooled, tags), axis=1) / ops.maximum(known, 1.0))


def category_attention(logits):
    """float32 (batch, height, width, C): softmax of each category over the positions of the image."""
    return ops.softmax(ops.cast(logits, "float32"), axis=(1, 2))


def category_features(features, attention):
    """One feature vector per category.

        F[c] = sum over pixels of a[h, w, c] f[h, w]

    Args:
        features: float (batch, height, width, channels).
        attention: float (batch, height, width, C), sums to 1 over the positions.
    Returns:
        float32 (batch, C, channels).
    Source: Weak Labels, section 3.3, category-wise feature pooling
    """
    return ops.einsum("nhwc,nhwf->ncf", attention, ops.cast(features, "float32"))


def mean_over_present(values, tags):
    """Mean over the present categories of an image, then over the images that have one; 0 if there is none.

        L = mean over images n with a tag of [ mean over c with y[n, c] = 1 of v[n, c] ]

    Args:
        values: float (batch, C), for example the domain errors of the category discriminators.
        tags: float (batch, C).
    Source: Weak Labels, section 3.3; this reduction is that of the released code
    """
    present = ops.cast(tags > 0, "float32")
    number = ops.sum(present, axis=1)
    per_image = ops.sum(present * values, axis=1) / ops.maximum(number, 1.0)
    images = ops.sum(ops.cast(number > 0, "float32"))
    return ops.sum(per_image) / divisor(images)


def domain_error(decisions, domain):
    """How far each decision of a discriminator is from saying `domain`.

        -b log s(d) - (1 - b) log(1 - s(d))

    Args:
        decisions: float, any shape, logits d of "target".
        domain: b, 0 source or 1 target.
    Returns:
        float32 of the same shape.
    """
    decisions = ops.cast(decisions, "float32")
    return ops.softplus(decisions) - domain * decisions


def squared_domain_error(decisions, domain):
    """Least-squares form of `domain_error`: half the squared distance of the probability from its aim.

        1/2 (s(d) - (1 - b))^2

    Source: `ls_gan` of the released code, which aims at 1 for source and 0 for target, unlike its cross-entropy
    """
    probabilities = ops.clip(ops.sigmoid(ops.cast(decisions, "float32")), SMALLEST, 1 - SMALLEST)
    return 0.5 * ops.square(probabilities - (1.0 - domain))


def point_loss(logits, points, tags):
    """Cross-entropy at labelled pixels whose category is not tagged absent; 0 if there is none.

    Args:
        logits: float (batch, height, width, C), at the size that the points count in.
        points: int (batch, P, 3) of row, column, category; padded with -1.
        tags: float (batch, C).
    Returns:
        float32 scalar, mean over the images of the mean over their points that count; 0 for an image without one.
    Source: Weak Labels, section 3.4, point supervision
    """
    points = ops.cast(points, "int32")
    categories = logits.shape[-1]
    row, column = ops.maximum(points[..., 0], 0), ops.maximum(points[..., 1], 0)
    flat = ops.reshape(logits, (ops.shape(logits)[0], -1, categories))
    places = row * ops.shape(logits)[2] + column
    at_points = ops.cast(ops.take_along_axis(flat, places[..., None], axis=1), "float32")
    category = ops.one_hot(points[..., 2], categories, dtype="float32")  # -1 gives zeros
    counts = ops.cast(ops.einsum("npc,nc->np", category, ops.cast(tags > 0, "float32")) > 0, "float32")
    errors = -ops.sum(category * ops.log_softmax(at_points), axis=-1)
    return ops.mean(ops.sum(counts * errors, axis=1) / ops.maximum(ops.sum(counts, axis=1), 1.0))
