"""Losses on labels that a segmenter gave itself."""

from keras import ops

from keras_uda.losses.segmentation import has_label
from keras_uda.losses.segmentation import pixel_cross_entropy
from keras_uda.ops.replicas import divisor
from keras_uda.ops.resize import upsample


def pooled_mean(parts):
    """One mean over the labelled pixels of several domains.

        L = sum_d w_d sum_i m_d[i] l_d[i] / sum_d w_d sum_i m_d[i]

    Args:
        parts: list of (losses, valid, weight): float32 and bool (batch, height, width), float.
    Returns:
        float32 scalar; 0 if nothing is valid.
    Source: the mixed batches of github.com/yzou2/CRST crst_seg.py, whose mean does not ask where a pixel is from
    """
    valid = [(weight, ops.cast(mask, "float32")) for _, mask, weight in parts]
    total = sum(weight * ops.sum(mask) for weight, mask in valid)
    loss = sum(weight * ops.sum(mask * one) for (weight, mask), (one, _, _) in zip(valid, parts, strict=True))
    return loss / divisor(total)


def hard_labels(target, logits):
    """Cross-entropy of every pixel with its pseudo-label.

    Args:
        target: batch with `pseudo_label` (batch, H, W).
        logits: float (batch, H, W, C), unnormalised.
    Returns:
        float32 (batch, H, W), 0 where there is no label.
    """
    return pixel_cross_entropy(target["pseudo_label"], logits)


def soft_labels(target, logits):
    """Cross-entropy of every pixel with its soft pseudo-label.

        l[i] = -sum_c y[i, c] log P[i, c]

    Args:
        target: batch with `soft_label` uint16 (batch, h, w, C), shares of 65535.
        logits: float (batch, H, W, C), unnormalised.
    Returns:
        float32 (batch, H, W).
    Source: Zou et al., CRST, ICCV 2019, section 4.1 (LRENT), https://arxiv.org/abs/1908.09822
    """
    labels = upsample(target["soft_label"], logits)
    labels = labels / ops.maximum(ops.sum(labels, axis=-1, keepdims=True), 1.0)
    return -ops.sum(labels * ops.log_softmax(ops.cast(logits, "float32")), axis=-1)


def uniform_divergence(labels, logits):
    """How far confident predictions are from the uniform distribution (MRKLD), up to a constant.

        L = mean over labelled pixels of -1/C sum_c log P[i, c]

    Args:
        labels: integer (batch, H, W), the pseudo-labels; pixels without one do not count.
        logits: float (batch, H, W, C), unnormalised.
    Returns:
        float32 scalar, at least log C where a pixel is labelled; 0 if none is.
    Source: Zou et al., CRST, ICCV 2019, section 4.2 (MRKLD); released code
    """
    spread = -ops.mean(ops.log_softmax(ops.cast(logits, "float32")), axis=-1)
    return pooled_mean([(spread, has_label(labels), 1.0)])
