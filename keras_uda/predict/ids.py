"""Label pictures in the ids of somebody else, as official evaluators and servers read them."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import opened


class Ids:
    """What stands in a label picture for each class.

    Args:
        values: uint8 or uint16 (classes,), written as a grey PNG, so that every reader gets the ids and no colours; or
            uint8 (classes, 3), written as RGB.
    """

    def __init__(self, values: np.ndarray):
        self.values = values
        self._keys = _packed(values, values.ndim == 2)
        self._order = np.argsort(self._keys)
        self.unique = len(np.unique(self._keys)) == len(self._keys)  # a picture leads back to its label map

    def save(self, path: Path, label_map: np.ndarray) -> None:
        """Writes the picture of a label map, uint8 (height, width), whole or not at all."""
        stream = io.BytesIO()
        Image.fromarray(self.values[label_map]).save(stream, "PNG", compress_level=3)
        atomic_write(path, stream.getvalue())

    def read(self, path: Path) -> np.ndarray:
        """The label map of a picture that `save` wrote, uint8 (height, width).

        Raises:
            ArtefactError: it is not one, or damaged.
        """
        remedy = "Remove it and run again with --resume"
        try:
            with (
                opened(path) as stream,
                Image.open(stream, formats=("PNG",)) as picture,
            ):
                keys = _packed(np.asarray(picture), self.values.ndim == 2)
        except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error for damage
            raise ArtefactError(path, f"not a label map ({error})", remedy) from error
        places = np.searchsorted(self._keys, keys, sorter=self._order).clip(max=len(self._keys) - 1)
        label_map = self._order[places]
        if keys.ndim != 2 or (self._keys[label_map] != keys).any():
            raise ArtefactError(path, "not a label map in these ids", remedy)
        return label_map.astype(np.uint8)


def _packed(values: np.ndarray, colours: bool) -> np.ndarray:
    """One int for each id, or for each colour (..., 3)."""
    return values.astype(np.int64) @ np.array([65536, 256, 1]) if colours else values.astype(np.int64)
