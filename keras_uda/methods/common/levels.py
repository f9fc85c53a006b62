"""Losses of several levels of a segmenter, main level first."""

from keras_uda.core.errors import ConfigurationError


def weighted_sum(weights, losses):
    """sum over levels of weight * loss.

    Args:
        weights: float per level; further ones are unused.
        losses: float32 scalar per level.
    Returns:
        float32 scalar.
    Raises:
        ConfigurationError: a level has no weight.
    """
    if len(weights) < len(losses):
        what = f"The segmenter has {len(losses)} levels but there are {len(weights)} weights, {list(weights)}"
        raise ConfigurationError(what, "Give one weight per level, the main level first")
    return sum(weight * loss for weight, loss in zip(weights, losses, strict=False))
