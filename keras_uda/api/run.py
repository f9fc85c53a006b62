"""A finished run in Python."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras_uda.runs.folder import RunFolder

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Run(os.PathLike):
    """A run folder; it stands wherever a path of a run is asked for.

    Args:
        path: of the folder.
    """

    path: Path

    def __fspath__(self) -> str:
        return str(self.path)

    __str__ = __fspath__

    @property
    def scores(self) -> dict:
        """Content of `evaluation.json`: `scores["adapted"]["miou"]`, in 0 to 1, where the target has labels."""
        from keras_uda.evaluation.scores_file import read_scores

        return read_scores(self.path)

    @property
    def record(self) -> dict:
        """Content of `run.json`."""
        return RunFolder(self.path).record

    def segmenter(self) -> "keras.Model":
        """The adapted segmenter, as `build_segmenter` gives it.

        Raises:
            ArtefactError: a file is missing or was changed.
        """
        from keras_uda.segmenters.build import load_segmenter

        return load_segmenter(self.path)[0]
