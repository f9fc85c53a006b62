"""Where the segmenter of a run would have a person click next: the only place that joins scores with a segmenter."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_uda.config.field_types import parse_size
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import probabilities_of
from keras_uda.weak_labels.active import Place
from keras_uda.weak_labels.active import places_to_click


class Suggester:
    """Ranks the pixels of an image by what a click on each would tell a segmenter.

    Args:
        model: folder of the run.

    Attributes:
        size: (width, height) that the segmenter sees images at, which its places count in.
        key: tells its suggestions from those of another segmenter.
    Raises:
        ArtefactError: there is no segmenter in the folder, or it is damaged.
    """

    def __init__(self, model: Path):
        segmenter, record = load_segmenter(model)
        self.size, self.key = parse_size(record["size"]), record["sha256"]
        self._probabilities = tf.function(lambda batch: probabilities_of(segmenter, batch, batch))

    def __call__(self, image, count: int, candidates: np.ndarray | None = None) -> list[Place]:
        """The best places first.

        Args:
            image: uint8 (height, width, 3) of `size`.
            count: how many; fewer where there is no room for more.
            candidates: bool (height, width), pixels that may be chosen; None: all.
        """
        probabilities = self._probabilities(tf.convert_to_tensor(image)[None])[0].numpy()
        return places_to_click(probabilities, count, candidates)


def stored_pixel(place: Place, size: tuple[int, int], stored: tuple[int, int]) -> tuple[int, int]:
    """(x, y) of the stored image under the middle of a pixel that the network sees.

    Args:
        place: in an image of `size`.
        size, stored: (width, height).
    """
    lengths = zip((place.column, place.row), size, stored, strict=True)
    return tuple((2 * one + 1) * there // (2 * here) for one, here, there in lengths)


def seen_at(label: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The label (H, W) at those pixels: (height, width) for (width, height) = `size`."""
    rows, columns = (
        (2 * np.arange(length) + 1) * there // (2 * length)
        for length, there in zip(size[::-1], label.shape, strict=True)
    )
    return label[rows][:, columns]
