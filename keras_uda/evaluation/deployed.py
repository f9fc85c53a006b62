"""Models as they are deployed, on frames of any size: resized on the way in, label maps brought back, or in windows."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from keras_uda.core.console import quiet
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_maps
from keras_uda.predict.windows import windows_of_any_size
from keras_uda.segmenters.inference import Prediction

# uint8 (h, w, 3) -> label map, confidence (None: the model gives none), uint8 (h, w)
Maps = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]


class Deployed(NamedTuple):
    """A model that takes frames of one size, as `artefacts.open_model` opens it.

    Args:
        run: uint8 (n, height, width, 3) -> label maps, confidences: uint8 (n, height, width).
        size: (width, height) of the frames that it takes.
        overlap: share of a window that neighbours have in common; None: whole frames, resized.
        flip: look at the mirror image too; of the two answers for a pixel the surer one counts.
    """

    run: Callable
    size: tuple[int, int]
    overlap: float | None = None
    flip: bool = False

    def predictions(self, frames: Iterable) -> Iterator[Prediction]:
        """What it says of (name, image of any size, label) frames, at the size of their labels."""
        maps = surer(self._maps) if self.flip else self._maps
        if self.overlap is None:
            of_frame = whole(maps, self.size)
        else:
            of_frame = windows_of_any_size(maps, self.size, self.overlap)
        for name, image, label in frames:
            size = (image if label is None else label).shape[1::-1]
            label_map, confidence = resize_maps(of_frame(image), size)
            yield Prediction(name, resize_frame(image, self.size), label, label_map, None, confidence)

    def _maps(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        with quiet():  # LiteRT greets with its first frame
            label_maps, confidences = self.run(np.ascontiguousarray(image)[None])
        return label_maps[0], None if confidences is None else confidences[0]


def whole(maps: Maps, size: tuple[int, int]) -> Maps:
    """`maps` of frames that have `size`, for frames of any size: the way of `predict`."""

    def of_frame(image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        return resize_maps(maps(resize_frame(image, size)), image.shape[1::-1])

    return of_frame


def surer(maps: Maps) -> Maps:
    """Answers for the image and for the mirror image; exported models give no probabilities that could be averaged."""

    def of_frame(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        label_map, confidence = maps(image)
        mirrored, other = (values[:, ::-1] for values in maps(image[:, ::-1]))
        wins = other > confidence
        return np.where(wins, mirrored, label_map), np.where(wins, other, confidence)

    return of_frame
