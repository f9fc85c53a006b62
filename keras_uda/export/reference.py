"""What Keras says about the frames of the gate, in every form that is asked for, and about larger frames."""

from collections.abc import Collection
from collections.abc import Mapping
from typing import NamedTuple

import keras
import numpy as np

from keras_uda.export import parity
from keras_uda.export.check_frames import larger_frames
from keras_uda.export.source import Source
from keras_uda.ops.frames import resize_frames


class Reference(NamedTuple):
    """What artefacts are compared with.

    Args:
        maps: grid of the argmax -> what Keras says about the frames of the gate.
        larger: uint8 (n, h, w, 3), frames larger than the network.
        maps_of_larger: grid -> the same about these, shrunk as evaluation shrinks them.
    """

    maps: Mapping[str, parity.Maps]
    larger: np.ndarray
    maps_of_larger: Mapping[str, parity.Maps]


def reference_of_run(source: Source, images: np.ndarray, grids: Collection[str]) -> Reference:
    """`reference_of` the segmenter of a run."""
    return reference_of(source.load(), images, grids)


def reference_of(segmenter: keras.Model, images: np.ndarray, grids: Collection[str]) -> Reference:
    """Runs Keras.

    Args:
        segmenter: float32.
        images: uint8 (n, height, width, 3) at the size of the network.
        grids: out of `names.ARGMAX`, `full` among them.
    """
    larger, count = larger_frames(images), len(images)
    shrunk = resize_frames(larger, *images.shape[1:3]).numpy()
    found = parity.run_keras(segmenter, np.concatenate([images, shrunk]), grids)
    maps_of_larger = {grid: maps.part(count, None) for grid, maps in found.items()}
    return Reference({grid: maps.part(0, count) for grid, maps in found.items()}, larger, maps_of_larger)
