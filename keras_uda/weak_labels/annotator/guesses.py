"""What a model believes to be in the images, and which images it is least sure about; numpy only."""

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_write
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


def write_guesses(path: Path, guesses: dict[str, np.ndarray], key: str) -> None:
    """Keeps guesses for the next start; `key` says what they were made with."""
    stream = io.BytesIO()
    names = np.frombuffer(json.dumps({"key": key, "images": list(guesses)}).encode(), "uint8")
    np.savez_compressed(stream, names=names, presence=np.stack(list(guesses.values())))
    atomic_write(path, stream.getvalue())


def read_guesses(path: Path, key: str) -> dict[str, np.ndarray]:
    """The guesses that were kept, empty if there are none or they were made with something else."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = json.loads(archive["names"].tobytes())
            if names["key"] != key:
                return {}
            return dict(zip(names["images"], archive["presence"], strict=True))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return {}
