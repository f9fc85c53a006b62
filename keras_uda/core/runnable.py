"""A model at hand and what must be known to use it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class RunnableModel(NamedTuple):
    """A model that is ready to run, as `artefacts.open_model` opens it.

    Args:
        run: uint8 (n, height, width, 3) -> label maps, confidences: uint8 (n, height, width); the second is None where
            the model gives none.
        classes: names, by index.
        palette: uint8 (classes, 3).
        size: (width, height) of the frames that `run` takes.
        kind: `keras`, `saved_model`, `tflite` or `onnx`.
        sha256: of the file or folder that was opened.
        gives_confidence: of every pixel, beside its class.
        follows: of a model whose statistics follow the frames: how many moved them so far; see `Following.summary`.
    """

    run: Callable
    classes: list[str]
    palette: np.ndarray
    size: tuple[int, int]
    kind: str
    sha256: str
    gives_confidence: bool = True
    follows: Callable[[], dict] | None = None
