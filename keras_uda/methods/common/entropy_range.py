"""Which pixels of an image have their entropy minimised."""

from collections.abc import Callable
from functools import partial

from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.entropy import mean_entropy
from keras_uda.losses.entropy import top_entropy


def entropy_of(share: float) -> Callable:
    """The mean entropy of all pixels, or that of the least certain ones of each image.

    Args:
        share: of the pixels of each image that count, in (0, 1].
    Returns:
        Logits float (batch, height, width, C) -> float32 scalar.
    Raises:
        ConfigurationError: the share is out of its range.
    """
    if not 0 < share <= 1:
        raise ConfigurationError(f"entropy_share is {share}", "Give a share of the pixels above 0, at most 1")
    return mean_entropy if share == 1 else partial(top_entropy, share=share)
