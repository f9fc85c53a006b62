"""The target frames that an export is checked on: those of the run's report, else of the built-in drive."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.config.schema import parse_size
from keras_uda.core.errors import ArtefactError
from keras_uda.core.strict_yaml import parse_yaml
from keras_uda.evaluation.metrics import merge_map
from keras_uda.world.render import indices
from keras_uda.world.render import render

DRIVE_FRAMES = 8
LARGER_FRAMES = 2
MOST_PIXELS = 30_000_000  # of one of these


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
    """The frames of a run folder.

    Args:
        run: the folder.
        record: content of its `segmenter.json`.
    Raises:
        ArtefactError: the stored frames are damaged.
    """
    width, height = parse_size(record["size"])
    kept = _kept_frames(run)
    if kept is not None and kept.images.shape[1:] == (height, width, 3):
        return kept._replace(merge=_merge(run, record["classes"]))
    images = [render("drive", index, (width, height), 0)[0] for index in indices("val", DRIVE_FRAMES)]
    return CheckFrames(np.stack(images), None, _merge(run, record["classes"]), "drive frames of the built-in world")


def _kept_frames(run: Path) -> CheckFrames | None:
    folder = Path(run) / "frames"
    files = [folder / "adapted.npz", *(sorted(folder.glob("*.npz")) if folder.is_dir() else [])]
    for path in files:
        if path.is_file() and (arrays := _read(path)):
            return CheckFrames(arrays["images"], arrays.get("labels"), np.zeros(0), f"frames/{path.name} of the run")
    return None


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if "images" not in archive.files:
                return {}
            arrays = {key: archive[key] for key in ("images", "labels") if key in archive.files}
    except Exception as error:  # zipfile, zlib, numpy and OSError all speak for a damaged file
        raise ArtefactError(path, f"damaged ({error})", "Run `python -m keras_uda evaluate` again") from error
    return arrays if len(arrays["images"]) else {}


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
    path = Path(run) / "config.yaml"
    config = parse_yaml(path.read_text(), str(path)) if path.is_file() else {}
    return merge_map(classes, (config.get("evaluation") or {}).get("merge") or {})
