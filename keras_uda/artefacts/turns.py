"""Times of `.tflite` files in turns, in processor time of one thread: what a machine that others use can tell too.

No TensorFlow here.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.manifest import require_unchanged
from keras_uda.artefacts.op_times import op_times
from keras_uda.artefacts.runners import LiteRT
from keras_uda.artefacts.trial import LARGEST_MODEL
from keras_uda.artefacts.trial import REMEDY
from keras_uda.artefacts.trial import require_runnable
from keras_uda.config.field_types import parse_size
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.outside import read_bytes
from keras_uda.world.render import render


def files_of(folder: Path) -> list[Path]:
    """The `.tflite` files of an export, in the order in which they were written.

    Raises:
        ArtefactError: one is gone, was changed, or does not run.
        UsageError: there is none.
    """
    entries = [one for one in read_manifest(folder)["artefacts"].values() if one["file"].endswith(".tflite")]
    if not entries:
        raise UsageError("--turns", f"{folder} has no .tflite file", "Leave it out, or export with --formats tflite")
    for entry in entries:
        require_unchanged(folder / entry["file"], entry)
        require_runnable(folder / entry["file"])
    return [folder / entry["file"] for entry in entries]


def times_in_turns(files: Sequence[Path], image: np.ndarray, turns: int) -> np.ndarray:
    """Time of one frame in every file, file after file and then again.

    Args:
        files: `.tflite`, for frames of one size.
        image: uint8 (1, height, width, 3).
        turns: of all files.
    Returns:
        float64 (turns, files), milliseconds that the processor worked on it.
    """
    runners = [LiteRT(file, threads=1) for file in files]
    for runner in runners:
        runner.answer(image)
    return np.array([[_milliseconds(runner, image) for runner in runners] for _ in range(turns)])


def _milliseconds(runner: LiteRT, image: np.ndarray) -> float:
    start = time.thread_time()
    runner.answer(image)
    return 1000 * (time.thread_time() - start)


def rows_of_turns(folder: Path, turns: int) -> list[dict]:
    """One row for each `.tflite` file of an export.

    Returns:
        rows of `file`, `milliseconds` (median), `ratio` (median over the turns of its time to that of the first file in
        the same turn), `low` and `high` (quartiles of that).
    """
    files = files_of(folder)
    times = times_in_turns(files, frame_of(folder), turns)
    ratios = np.percentile(times / times[:, :1], (50, 25, 75), axis=0)
    names = ("ratio", "low", "high")
    return [
        {"file": file.name, "milliseconds": float(median)} | dict(zip(names, map(float, own), strict=True))
        for file, median, own in zip(files, np.median(times, 0), ratios.T, strict=True)
    ]


def ops_of_turns(folder: Path, file: str, turns: int) -> list[dict]:
    """`op_times` of a file of an export.

    Raises:
        UsageError: there is no such file.
    """
    files = {one.name: one for one in files_of(folder)}
    if file not in files:
        raise UsageError("--ops", f"{folder} has no `{file}`", did_you_mean(file, files, f"It has {', '.join(files)}"))
    content = read_bytes(files[file], LARGEST_MODEL, error=ArtefactError, remedy=REMEDY)
    return op_times(content, frame_of(folder), turns)


def frame_of(folder: Path) -> np.ndarray:
    """A frame that the network of an export takes, uint8 (1, height, width, 3)."""
    return render("drive", 0, parse_size(read_manifest(folder)["size"]), 0)[0][None]
