"""What lets rare classes live: weights of the losses, logits moved by the shares of the classes, thresholds."""

import numpy as np
import tensorflow as tf

from keras_uda.ops.replicas import sum_over_replicas

LEAST_SHARE = 1e-4  # of all pixels; a rarer class is treated like one of this share
BINS = 1000  # of confidence, in which its quantiles are found


def balancing_weights(shares, exponent: float) -> np.ndarray:
    """Weights that grow as classes get rarer, with a mean of 1 over the pixels.

        w_c = f_c^-exponent / sum_k f_k f_k^-exponent

    Args:
        shares: float (C,), f: shares of all pixels.
        exponent: 0 gives 1 for all; 1 gives every class the same part in the loss.
    Returns:
        float32 (C,); 1 for a class without a pixel, which may be labelled by a teacher only.
    """
    exact = np.asarray(shares, "float64")
    shares = np.maximum(exact, LEAST_SHARE)
    weights = shares**-exponent
    weights = weights * exact.sum() / (exact * weights).sum()
    return np.where(exact > 0, weights, 1.0).astype("float32")


def adjusted_logits(logits, shares, strength: float):
    """Logits that the loss sees, so that the logits themselves are free of the shares of the classes.

        A_c + strength log f_c;   A_c where f_c = 0

    Args:
        logits: float (..., C).
        shares: float (C,), f: shares of all pixels.
        strength: tau; 1 removes the shares whole.
    Returns:
        float32 (..., C).
    Source: Menon et al., Long-tail learning via logit adjustment, ICLR 2021, section 5.1, equation 10,
        https://arxiv.org/abs/2007.07314
    """
    exact = np.asarray(shares, "float32")
    logs = np.where(exact > 0, np.log(np.maximum(exact, np.float32(LEAST_SHARE))), 0.0)
    return tf.cast(logits, "float32") + tf.constant(strength * logs, "float32")


def surest_of_each_class(confidence, label, classes: int, share: float):
    """The pixels that are among the surest of their class in the batch.

        q_i >= t_c,   t_c: the (1 - share) quantile of q over the pixels of class c, in steps of 1 / 1000

    Args:
        confidence: q, float (batch, H, W) in [0, 1].
        label: int32 (batch, H, W), ids in [0, C).
        classes: C.
        share: of the pixels of each class that is taken, at least.
    Returns:
        bool (batch, H, W).
    Source: Zou et al., CBST, ECCV 2018, section 4.2, https://arxiv.org/abs/1810.07911, with the batch for all images
    """
    bins = tf.cast(tf.clip_by_value(confidence * BINS, 0.0, BINS - 1.0), "int32")
    counts = tf.math.unsorted_segment_sum(tf.ones_like(bins), label * BINS + bins, classes * BINS)
    counts = sum_over_replicas(counts)
    at_least = tf.cumsum(tf.reshape(counts, (classes, BINS)), axis=1, reverse=True)  # pixels in this bin or above
    wanted = tf.math.ceil(share * tf.cast(at_least[:, :1], "float32"))
    lowest = tf.reduce_sum(tf.cast(tf.cast(at_least, "float32") >= wanted, "int32"), axis=1) - 1
    return bins >= tf.gather(lowest, label)
