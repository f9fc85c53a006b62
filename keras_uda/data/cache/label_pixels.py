"""How many pixels of each class every prepared label holds: counted once, and kept in the cache."""

import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.core.arrays import read_arrays
from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import DataError
from keras_uda.core.files import resource_errors
from keras_uda.core.outside import opened
from keras_uda.data.cache.workers import run_jobs
from keras_uda.data.prepared import Prepared

VERSION = 1


def label_pixels(prepared: Prepared) -> np.ndarray:
    """int64 (samples, 256): pixels of each train id in every label, 255 = ignored.

    Raises:
        ResourceError: no space or no permission in the cache folder.
    """
    if prepared.labels is None:
        raise ValueError("The samples have no labels to count the pixels of; prepare the domain with labels.")
    if prepared.cache is None:
        return _count(prepared)
    # Files of the cache are named after all that their content depends on.
    key = hashlib.sha256(repr((VERSION, prepared.labels)).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    file = prepared.cache / "label_pixels" / f"{key}.npz"
    known = _read(file, len(prepared))
    if known is not None:
        return known
    pixels, content = _count(prepared), io.BytesIO()
    np.savez_compressed(content, pixels=pixels)
    with resource_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(file, content.getvalue())
    return pixels


def _count(prepared: Prepared) -> np.ndarray:
    function = "keras_uda.data.cache.label_pixels:count_pixels"
    return np.array(run_jobs(function, prepared.labels, "counting pixels of labels"), "int64").reshape(-1, 256)


def count_pixels(file: str) -> np.ndarray:
    """int64 (256,) of one label; a job of a worker process."""
    with opened(file) as stream, Image.open(stream, formats=("PNG",)) as label:
        return np.bincount(np.asarray(label).ravel(), minlength=256)


def _read(file: Path, samples: int) -> np.ndarray | None:
    """None where there is no whole file."""
    try:
        pixels = read_arrays(file)["pixels"]
    except (DataError, KeyError):
        return None
    return pixels if pixels.shape == (samples, 256) else None
