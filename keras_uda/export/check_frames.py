"""The target frames that an export is checked on: those of the run's report, else of the built-in drive."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.config.field_types import parse_size
from keras_uda.config.validation import validated
from keras_uda.core.arrays import Arrays
from keras_uda.core.arrays import opened_arrays
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import is_there
from keras_uda.core.strict_yaml import load_yaml
from keras_uda.evaluation.metrics import merge_map
from keras_uda.segmenters.weights.record import RECORD_FILE
from keras_uda.world.render import indices
from keras_uda.world.render import render

DRIVE_FRAMES = 8
LARGER_FRAMES = 2
MOST_PIXELS = 30_000_000  # of one of these
LARGEST_FRAMES, MOST_FRAMES = 1200 * MEGABYTE, 200  # that a run keeps
REMEDY = "Run `python -m keras_uda evaluate` again"
REMEDY_OF_CONFIG = "Restore the file, or train again"


class CheckFrames(NamedTuple):
    """Frames to compare an artefact with Keras on.

    Args:
        images: uint8 (n, height, width, 3) at the size of the network.
        labels: uint8 (n, h, w) at the size of the label files, or None.
        merge: uint8 (classes,), what a predicted class counts as when it is scored.
        origin: where they come from, for `export.json`.
    """

    images: np.ndarray
    labels: np.ndarray | None
    merge: np.ndarray
    origin: str


def check_frames(run: Path, record: dict) -> CheckFrames:
    """The frames of a run folder, if they have the size of its network.

    Args:
        run: the folder, of anybody.
        record: content of its `segmenter.json`.
    Raises:
        ArtefactError: the stored frames are damaged, or what `config.yaml` says of them.
    """
    width, height = parse_size(record["size"])
    merge, kept = _merge(run, record["classes"]), _kept_frames(run, (height, width))
    if kept is not None:
        return kept._replace(merge=merge)
    images = [render("drive", index, (width, height), 0)[0] for index in indices("val", DRIVE_FRAMES)]
    return CheckFrames(np.stack(images), None, merge, "drive frames of the built-in world")


def _kept_frames(run: Path, size: tuple[int, int]) -> CheckFrames | None:
    """Those of the adapted segmenter, else the first ones; None if there are none, or of another size."""
    folder = Path(run) / "frames"
    files = [folder / "adapted.npz", *(sorted(folder.glob("*.npz")) if folder.is_dir() else [])]
    for path in filter(os.path.lexists, files):
        with opened_arrays(path, LARGEST_FRAMES, error=ArtefactError, remedy=REMEDY) as arrays:
            shape = arrays.declared["images"].shape if "images" in arrays.declared else ()
            if shape[1:] == (*size, 3) and 0 < shape[0] <= MOST_FRAMES:
                return CheckFrames(*_read(arrays), np.zeros(0), f"frames/{path.name} of the run")
        if shape and shape[0]:
            return None
    return None


def _read(arrays: Arrays) -> tuple[np.ndarray, np.ndarray | None]:
    images = arrays.read("images", "uint8", (None, None, None, 3))
    labels = arrays.read("labels", "uint8", (len(images), None, None)) if "labels" in arrays.declared else None
    return images, labels


def larger_frames(images: np.ndarray) -> np.ndarray:
    """Frames larger than the network that lose detail when they are shrunk: mosaics of three times three frames, of two
    times two if these would be huge.

    Args:
        images: uint8 (n, height, width, 3) at the size of the network.
    Returns:
        uint8 (`LARGER_FRAMES`, 3 height - 5, 3 width - 7, 3): sizes that are no multiple of anything.
    """
    side = 3 if 9 * images[0, ..., 0].size <= MOST_PIXELS else 2
    mosaics = []
    for first in range(LARGER_FRAMES):
        tiles = [images[(first + index) % len(images)] for index in range(side * side)]
        rows = [np.concatenate(tiles[start : start + side], axis=1) for start in range(0, side * side, side)]
        mosaics.append(np.concatenate(rows)[5:, 7:])
    return np.stack(mosaics)


def _merge(run: Path, classes: list[str]) -> np.ndarray:
    """What `config.yaml` merges before scoring; nothing in a folder without one, such as imported weights."""
    path, key = Path(run) / "config.yaml", "evaluation.merge"
    try:
        content = load_yaml(path) if is_there(path) else {}
        evaluation = validated(dict | None, content.get("evaluation"), "evaluation") or {}
        merge = validated(dict[str, str] | None, evaluation.get("merge"), key) or {}
    except UsageError as error:
        where = str(error.where)
        named = where.startswith(str(path))  # with its line; else it is a key
        what = error.what if named else f"{where}: {error.what}"
        raise ArtefactError(where if named else path, what, REMEDY_OF_CONFIG) from error
    strange = [name for pair in merge.items() for name in pair if name not in classes]
    if strange:
        raise ArtefactError(path, f"{key}: `{strange[0]}` is no class of {RECORD_FILE}", REMEDY_OF_CONFIG)
    return merge_map(classes, merge)
