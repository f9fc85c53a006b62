"""The frames that a run keeps for its report: images, labels and the label maps of every model, as far as they fit."""

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import numpy as np

from keras_uda.core.arrays import Arrays
from keras_uda.core.arrays import opened_arrays
from keras_uda.core.errors import UdaError
from keras_uda.core.outside import MEGABYTE

LARGEST_FRAMES = 1200 * MEGABYTE  # of one model: 40 frames of 2048x1024 with all that is kept of them take 500
MOST_FRAMES = 200
LONGEST_NAME = 1000


@dataclass
class Frames:
    """A sample of the evaluation frames with every model's label map; merged classes are merged.

    Args:
        names: of the frames.
        images: uint8 (n,H,W,3).
        labels: uint8 (n,h,w), None without labels.
        predictions: model -> uint8 (n,h,w).
        entropy: uint8 (n,H,W) of the run's own model in units of 1/255 of the maximum, None if not kept.
    """

    names: list[str] = field(default_factory=list)
    images: np.ndarray | None = None
    labels: np.ndarray | None = None
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    entropy: np.ndarray | None = None


def read_frames(
    files: Mapping[str, Path], classes: int, merge: np.ndarray, problem: Callable[[str, str], None]
) -> Frames:
    """The frames of a run folder.

    Args:
        files: model -> its `.npz`, of those that are there.
        classes: that a prediction can hold.
        merge: uint8 (classes,), what a predicted class counts as.
        problem: is called with (file, what is wrong) for whatever is left out.
    """
    carrier, kept = {}, {}
    for model, path in files.items():
        try:
            with opened_arrays(path, LARGEST_FRAMES) as arrays:
                names = _names(arrays)
                if not carrier and "images" in arrays.declared:
                    carrier = {"names": names} | _pictures(arrays, len(names))
                kept[model] = names, _predictions(arrays, len(names), classes)
        except UdaError as error:
            problem(f"frames/{path.name}", error.what)
    if not carrier:
        return Frames()
    whole = [i for i, image in enumerate(carrier["images"]) if image.any()]  # blank: of another size, left out
    names = [carrier["names"][i] for i in whole]
    predictions = {model: _in_order(names, *of_model) for model, of_model in kept.items() if of_model[1] is not None}
    if len(whole) < len(carrier["images"]):  # a copy takes as much memory again
        carrier |= {key: carrier[key][whole] for key in ("images", "labels", "entropy") if key in carrier}
    optional = {key: carrier.get(key) for key in ("labels", "entropy")}
    maps = {model: merge[found] for model, found in predictions.items() if found is not None}
    return Frames(names, carrier["images"], predictions=_of_one_size(maps, optional, problem), **optional)


def _names(arrays: Arrays) -> list[str]:
    dtype, shape, _ = arrays.declared["names"]
    if len(shape) == 1 and (shape[0] > MOST_FRAMES or dtype.itemsize > 4 * LONGEST_NAME):
        raise ValueError(f"more than {MOST_FRAMES} frames, or a name of more than {LONGEST_NAME} characters")
    return [str(name) for name in arrays.read("names", "U", (None,))]


def _pictures(arrays: Arrays, count: int) -> dict[str, np.ndarray]:
    """`images`, and `labels` and `entropy` where they are kept."""
    found = {"images": arrays.read("images", "uint8", (count, None, None, 3))}
    shapes = {"labels": (count, None, None), "entropy": found["images"].shape[:3]}
    found |= {key: arrays.read(key, "uint8", shape) for key, shape in shapes.items() if key in arrays.declared}
    if not all(array.size or not count for array in found.values()):
        raise ValueError("frames without a pixel")
    return found


def _predictions(arrays: Arrays, count: int, classes: int) -> np.ndarray | None:
    if "predictions" not in arrays.declared:
        return None
    found = arrays.read("predictions", "uint8", (count, None, None))
    if found.size and found.max() >= classes:
        raise ValueError(f"a prediction is class {found.max()} of {classes}")
    return found


def _in_order(names: list[str], known: list[str], maps: np.ndarray) -> np.ndarray | None:
    """The label maps of these frames; None if one is missing."""
    if names == known:
        return maps
    place = {name: i for i, name in enumerate(known)}
    return maps[[place[name] for name in names]] if all(name in place for name in names) else None


def _of_one_size(
    maps: dict[str, np.ndarray], optional: Mapping[str, np.ndarray | None], problem: Callable[[str, str], None]
) -> dict[str, np.ndarray]:
    """Those with the size of the labels, without labels of the first one: others cannot be compared."""
    first = optional["labels"] if optional["labels"] is not None else next(iter(maps.values()), None)
    for model, found in maps.items():
        if found.shape != first.shape:
            problem(f"frames/{model}.npz", f"predictions of {found.shape[1:]} beside others of {first.shape[1:]}")
    return {model: found for model, found in maps.items() if found.shape == first.shape}
