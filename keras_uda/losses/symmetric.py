"""Cross-entropy with labels that may be wrong: its reverse, and keeping predictions from being too sure."""

import math

from keras import ops

from keras_uda.losses.segmentation import has_label
from keras_uda.losses.segmentation import known_labels
from keras_uda.ops.replicas import mean_over_replicas

SMALLEST_PROBABILITY = 1e-7
ABSENT = 1e-4  # stands for the 0 of a one-hot label, whose logarithm would be infinite


def reverse_cross_entropy(labels, logits):
    """Cross-entropy with label and prediction exchanged: bounded, so a wrong label costs little.

        L = mean over labelled pixels of -sum_c p[c] log max(onehot[c], 1e-4)
          = mean over labelled pixels of (sum_c p[c] - p[y]) log 1e4,   p limited to [1e-7, 1], without gradient beyond

    Args:
        labels: integer (batch, height, width), ids in [0, C); `IGNORE` and negative ids are left out.
        logits: float (batch, height, width, C), unnormalised.
    Returns:
        float32 scalar; 0 if no pixel has a label.
    Source: Wang et al., Symmetric Cross Entropy, ICCV 2019, section 3.2, https://arxiv.org/abs/1908.06112;
        `rce` of microsoft/ProDA models/adaptation_modelv2.py
    """
    probabilities = ops.clip(ops.softmax(ops.cast(logits, "float32")), SMALLEST_PROBABILITY, 1.0)
    right = ops.one_hot(known_labels(labels), logits.shape[-1], dtype="float32")
    errors = -math.log(ABSENT) * ops.sum((1.0 - right) * probabilities, axis=-1)
    valid = ops.cast(has_label(labels), "float32")
    return ops.sum(errors * valid) / (mean_over_replicas(ops.sum(valid)) + 1e-6)


def divergence_from_uniform(logits):
    """Distance of predictions from "all classes are equally likely", up to a constant.

        L = -mean over pixels and classes of log P

    Args:
        logits: float (batch, height, width, C), unnormalised.
    Returns:
        float32 scalar, at least log C, which it is for a uniform prediction.
    Source: Zou et al., CRST, ICCV 2019, section 4.2 ("MRKLD"), https://arxiv.org/abs/1908.09822; over all pixels and
        classes in `regular_loss` of microsoft/ProDA models/adaptation_modelv2.py
    """
    return -ops.mean(ops.log_softmax(ops.cast(logits, "float32")))
