"""Losses of methods that decode features into images: four kinds of patches, reconstruction, labels of patches."""

import tensorflow as tf
from keras import ops

# What a patch can be: an image of a domain, or one that the generator decoded from its features.
SOURCE_REAL, SOURCE_FAKE, TARGET_REAL, TARGET_FAKE = range(4)


def patch_cross_entropy(scores, kind: int):
    """Cross-entropy of the kind of every patch with one kind for all.

        L[h, w] = -log softmax(z[h, w])[kind]

    Args:
        scores: float (batch, h, w, 4), logits of the kinds.
        kind: `SOURCE_REAL`, `SOURCE_FAKE`, `TARGET_REAL` or `TARGET_FAKE`.
    Returns:
        float32 (batch, h, w); log 4 where the discriminator cannot tell.
    Source: Sankaranarayanan et al., LSD-seg, CVPR 2018, section 3, https://arxiv.org/abs/1711.06969
    """
    return -ops.log_softmax(ops.cast(scores, "float32"))[..., kind]


def reconstruction_error(images, reconstructions):
    """Mean absolute difference.

        L = mean |x - x'|

    Args:
        images: float (batch, H, W, 3).
        reconstructions: the same shape.
    Returns:
        float32 scalar.
    Source: Sankaranarayanan et al., LSD-seg, CVPR 2018, section 3
    """
    return ops.mean(ops.abs(ops.cast(images, "float32") - ops.cast(reconstructions, "float32")))


def labels_of_patches(labels, scores):
    """The label in the middle of every patch: nearest neighbour, half-pixel centres.

    Args:
        labels: integer (batch, H, W).
        scores: (batch, h, w, ...), of a discriminator.
    Returns:
        (batch, h, w) of the type of `labels`.
    Source: released code swamiviv/LSD-seg, data loader
    """
    return tf.image.resize(labels[..., None], tf.shape(scores)[1:3], method="nearest")[..., 0]


def restyle(features, like):
    """Features with the mean and the deviation that every channel has in other images.

        f' = (f - mean_hw f) / std_hw f * std(like) + mean(like)

    Args:
        features: float (batch, h, w, channels).
        like: float (batch', h', w', channels); its statistics are taken over images and positions.
    Returns:
        float32, the shape of `features`.
    Source: Huang and Belongie, Adaptive Instance Normalization, ICCV 2017, equation 8, https://arxiv.org/abs/1703.06868
    """
    mean, variance = ops.moments(ops.cast(features, "float32"), axes=(1, 2), keepdims=True)
    wanted_mean, wanted_variance = ops.moments(ops.cast(like, "float32"), axes=(0, 1, 2), keepdims=True)
    unit = (ops.cast(features, "float32") - mean) * ops.rsqrt(variance + 1e-5)
    varies = wanted_variance > 0  # the root of 0 has no gradient that is finite
    deviation = ops.where(varies, ops.sqrt(ops.where(varies, wanted_variance, 1.0)), 0.0)
    return unit * deviation + wanted_mean
