"""What a model believes to be in the images, and which images it is least sure about; numpy only."""

from collections.abc import Iterable

import numpy as np

from keras_uda.weak_labels.annotator.session import spread_out

ORDERS = ("useful", "spread", "name")
SMALLEST_SHARE = 0.005  # of the image area, for a class to count as seen


def presence(probabilities: np.ndarray) -> np.ndarray:
    """How sure a segmenter is that each class is in an image.

        s[c] = the probability of c that half a percent of the image area reaches

    Args:
        probabilities: float (h, w, C), softmax.
    Returns:
        float32 (C,) in [0, 1]; above 1/2 is a guess that the class is there.
    """
    flat = probabilities.reshape(-1, probabilities.shape[-1])
    return np.quantile(flat, 1 - SMALLEST_SHARE, axis=0, method="higher").astype("float32")


def usefulness(presence: np.ndarray) -> float:
    """Mean over the classes of how undecided the guess is: 0 sure of everything, 1/2 of nothing."""
    return float(np.minimum(presence, 1 - presence).mean())


def most_useful_first(images: Iterable[str], guesses: dict[str, np.ndarray]) -> list[str]:
    """Images sorted by what a tag would tell the model; equal ones by name."""
    return sorted(images, key=lambda image: (-usefulness(guesses[image]), image))


def in_order(images: list[str], order: str, guesses: dict[str, np.ndarray]) -> list[str]:
    """Images `by name`, `spread` over the drive, or the most `useful` first where there are guesses."""
    if order == "name":
        return images
    return most_useful_first(images, guesses) if order == "useful" and guesses else spread_out(images)
