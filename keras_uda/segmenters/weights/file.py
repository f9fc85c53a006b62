"""`.weights.h5` files of Functional models made of plain layers: written by Keras, read back without trusting them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import keras
import numpy as np

from keras_uda.core.atomic import aside_of
from keras_uda.core.errors import ArtefactError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import resource_errors
from keras_uda.core.files import sync
from keras_uda.core.outside import require_regular
from keras_uda.segmenters.weights.record import LARGEST_WEIGHTS

MOST_ENTRIES = 50_000
LONGEST_NAME = 1000  # bytes
DEEPEST = 20  # groups in groups
REMEDY = "Use a file that the same segmenter wrote, or train again"


def write_weights(model: keras.Model, path: Path) -> None:
    """Writes all weights of `model` to `path`, whole or not at all."""
    path = Path(path)
    with resource_errors(path), aside_of(path, ".weights.h5") as aside:
        model.save_weights(aside)
        sync(aside)
        fault_point("weights-before-rename")
        os.replace(aside, path)
        sync(path.parent)


def read_weights(model: keras.Model, path: Path) -> None:
    """Sets every weight of `model` from a file that is checked completely before the first weight changes.

    Args:
        model: Functional, of plain layers.
        path: `.weights.h5`, from anybody.
    Raises:
        ArtefactError: no regular file, or of more than 4 GB; not HDF5; other entries than the model has, in either
            direction; another shape or type, found in the file's metadata before anything is read; a filter, link or
            outside storage; numbers that are declared and not there; NaN or infinity.
    """
    with _opened(Path(path)) as file:
        _read_checked(model, file, Path(path))


def stored_bytes(path: Path) -> int:
    """What the numbers of a weights file take in it, in bytes; errors as of `read_weights`."""
    with _opened(Path(path)) as file:
        return sum(item.id.get_storage_size() for _, item in _entries(file, Path(path)))


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    require_regular(path, LARGEST_WEIGHTS, error=ArtefactError, remedy="Give a weights file (.weights.h5)")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        raise ArtefactError(path, f"not a readable .weights.h5 file ({error})", REMEDY) from error


def _read_checked(model: keras.Model, file: h5py.File, path: Path) -> None:
    expected = {(layer.name, str(i)): value for layer in _layers(model) for i, value in enumerate(layer.weights)}
    datasets = _datasets(file, path)
    for key, variable in expected.items():
        if key not in datasets:
            raise ArtefactError(path, f"layer {key[0]} ({variable.name} {variable.shape}) is missing", REMEDY)
        _check_dataset(datasets[key], key[0], variable, path)
    for name, index in datasets.keys() - expected.keys():
        shape = datasets[name, index].shape
        raise ArtefactError(path, f"layer {name} (entry {index}, {shape}) is not in this segmenter", REMEDY)
    for key in expected:
        if not np.isfinite(datasets[key][()]).all():
            raise ArtefactError(path, f"layer {key[0]} holds NaN or infinity", REMEDY)
    for key, variable in expected.items():
        variable.assign(datasets[key][()])


def _layers(model: keras.Model) -> Iterator[keras.Layer]:
    """The plain layers of a model, and of the models inside it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _datasets(file: h5py.File, path: Path) -> dict[tuple[str, str], h5py.Dataset]:
    """(name of the layer, index of the weight) -> dataset; Keras notes the name of the layer on each group."""
    found = {}
    for index, item in _entries(file, path):
        key = (_layer_name(item.parent, path), index)
        if key in found:
            raise ArtefactError(path, f"layer {key[0]} occurs twice", REMEDY)
        found[key] = item
    return found


def _layer_name(group: h5py.Group, path: Path) -> str:
    if "name" not in group.attrs:
        return group.name
    if group.attrs.get_id("name").get_storage_size() > LONGEST_NAME:
        raise ArtefactError(path, f"{group.name[:100]} has a name that no layer has", REMEDY)
    return str(group.attrs["name"])


def _entries(file: h5py.File, path: Path) -> Iterator[tuple[str, h5py.Dataset]]:
    """(name in its group, dataset) of the whole file. HDF5's own walk takes hours for groups in groups in groups."""
    waiting, left = [(file, 0)], MOST_ENTRIES
    while waiting:
        group, depth = waiting.pop()
        for name in group:
            left -= 1
            if left < 0 or depth > DEEPEST:
                raise ArtefactError(path, f"more than {MOST_ENTRIES} entries, or groups deeper than {DEEPEST}", REMEDY)
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ArtefactError(path, f"{group.name[:100]} holds a link to another place", REMEDY)
            item = group[name]
            if isinstance(item, h5py.Dataset):
                yield name, item
            else:
                waiting.append((item, depth + 1))


def _check_dataset(dataset: h5py.Dataset, layer: str, variable: keras.Variable, path: Path) -> None:
    if dataset.shape != tuple(variable.shape):
        what = f"layer {layer} ({variable.name}) has shape {tuple(variable.shape)}, the file has {dataset.shape}"
        raise ArtefactError(path, what, REMEDY)
    if dataset.dtype != np.float32:
        raise ArtefactError(path, f"layer {layer} is {dataset.dtype} in the file, not float32", REMEDY)
    if dataset.is_virtual or dataset.external or dataset.id.get_create_plist().get_nfilters():
        raise ArtefactError(path, f"layer {layer} is stored outside the file or compressed", REMEDY)
    if dataset.id.get_storage_size() < dataset.nbytes:
        raise ArtefactError(path, f"layer {layer} is declared, but the file does not hold its numbers", REMEDY)
