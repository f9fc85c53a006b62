"""How the classes of an image are distributed, against what they should be."""

from keras import ops

SMALLEST = 1e-7


def label_distribution(logits, sharpness: float = 5.0):
    """Shares of the classes in an image, from a sharpened prediction that a gradient can pass.

        q_c = mean_hw (P[h, w, c] / max_c' P[h, w, c'])^k,  normalised to sum 1

    Args:
        logits: float (batch, height, width, C), unnormalised.
        sharpness: k; large values come close to counting the arg-max.
    Returns:
        float32 (batch, C).
    Source: Zhang et al., Curriculum Domain Adaptation, ICCV 2017, section 3.2, https://arxiv.org/abs/1707.09465; the
        sharpening with exponent 5 from github.com/YangZhang4065/AdaptationSeg train_val_FCN_DA.py
    """
    logits = ops.cast(logits, "float32")
    # P / max P = exp(A - max A): no division, nothing to overflow.
    relative = ops.exp(sharpness * (logits - ops.max(logits, axis=-1, keepdims=True)))
    shares = ops.mean(relative, axis=(1, 2))
    return shares / ops.sum(shares, axis=-1, keepdims=True)


def label_distribution_loss(distribution, logits, sharpness: float = 5.0):
    """Cross-entropy between the distribution an image should have and the one it has.

        L = -sum_c p_c log q_c, mean over images

    Args:
        distribution: float (batch, C), p, sums to 1; a row of zeros costs nothing.
        logits: float (batch, height, width, C), unnormalised.
        sharpness: see `label_distribution`.
    Returns:
        float32 scalar.
    Source: as `label_distribution`
    """
    shares = ops.clip(label_distribution(logits, sharpness), SMALLEST, 1 - SMALLEST)
    return -ops.mean(ops.sum(ops.cast(distribution, "float32") * ops.log(shares), axis=-1))


def image_class_weights(labels, classes: int):
    """Weights that give every class of an image the same say.

        w[c] = (mean over the classes of the image of n_c') / (n_c + 0.1),   n: labelled pixels

    Args:
        labels: integer (batch, H, W), ids outside [0, C) do not count.
        classes: C.
    Returns:
        float32 (batch, C); 0 for an image without labels.
    Source: `SP_pixelwise_loss` of github.com/YangZhang4065/AdaptationSeg train_val_FCN_DA.py
    """
    counts = ops.sum(ops.one_hot(ops.cast(labels, "int32"), classes, dtype="float32"), axis=(1, 2))
    present = ops.sum(ops.cast(counts > 0, "float32"), axis=-1, keepdims=True)
    mean = ops.sum(counts, axis=-1, keepdims=True) / ops.maximum(present, 1.0)
    return mean / (counts + 0.1)


def balanced_cross_entropy(labels, logits):
    """Cross-entropy with `image_class_weights`, mean over all pixels of the batch.

        L = 1 / (N H W) sum_i w[y_i] (-log P[i, y_i]) over labelled pixels

    Args:
        labels: integer (batch, H, W).
        logits: float (batch, H, W, C), unnormalised.
    Returns:
        float32 scalar; 0 if no pixel has a label.
    Source: as `image_class_weights`
    """
    log_probabilities = ops.log_softmax(ops.cast(logits, "float32"))
    targets = ops.one_hot(ops.cast(labels, "int32"), logits.shape[-1], dtype="float32")
    weights = image_class_weights(labels, logits.shape[-1])[:, None, None, :]
    return -ops.mean(ops.sum(weights * targets * log_probabilities, axis=-1))
