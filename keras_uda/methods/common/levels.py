"""Losses of several levels of a segmenter, main level first."""


def weighted_sum(weights, losses):
    """sum over levels of weight * loss.

    Args:
        weights: float per level; further ones are unused.
        losses: float32 scalar per level.
    Returns:
        float32 scalar.
    Raises:
        ValueError: a level has no weight.
    """
    if len(weights) < len(losses):
        raise ValueError(
            f"The segmenter has {len(losses)} levels but there are {len(weights)} weights, {list(weights)}. "
            "Give one weight per level, the main level first."
        )
    return sum(weight * loss for weight, loss in zip(weights, losses, strict=False))
