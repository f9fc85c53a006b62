"""Gradient reversal: one loss that a discriminator lowers and the features before it raise."""

from keras import ops


def reverse_gradient(features, strength):
    """The identity, whose gradient is reversed and scaled.

        y = x;   dL/dx = -strength * dL/dy

    Args:
        features: float, any shape.
        strength: lambda, float scalar, not negative.
    Returns:
        float32, the shape of `features`.
    Source: Ganin et al., Domain-Adversarial Training of Neural Networks, JMLR 2016, section 4.2, equations 16 and 17,
        https://arxiv.org/abs/1505.07818
    """
    features = ops.cast(features, "float32")
    constant = ops.stop_gradient(features)
    # (1 + s) * constant - s * features, in the order that leaves the value unrounded.
    return constant - strength * (features - constant)


def ramp_up(progress, sharpness: float = 10.0):
    """How much of an adversarial weight counts, from 0 to 1: the features are only moved once the discriminator learnt.

        r(p) = 2 / (1 + exp(-sharpness * p)) - 1

    Args:
        progress: p, share of the training that is done, number or tensor; may go above 1.
        sharpness: alpha; 10 as published.
    Returns:
        float32, the shape of `progress`, in [0, 1).
    Source: Ganin et al., JMLR 2016, section 5.2.2
    """
    return ops.tanh(0.5 * sharpness * ops.cast(progress, "float32"))
