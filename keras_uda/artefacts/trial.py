"""A model file of anybody is tried in a process of its own before it is opened here.

Damaged `.tflite` and `.onnx` files pass their readers, and crash, or take all memory, when their tensors are laid out
or when they run. No TensorFlow here.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_uda.artefacts import runners
from keras_uda.artefacts.metadata import read_metadata
from keras_uda.core import apart
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UdaError
from keras_uda.core.files import sha256
from keras_uda.core.outside import LARGEST_PIXELS
from keras_uda.core.outside import require_regular

LARGEST_MODEL = 2**31  # bytes that a `.tflite` or an `.onnx` file can have
LIMITS = apart.Limits(mebibytes=4096, seconds=120)
REMEDY = "Export it again"
_whole: set[str] = set()


def require_runnable(path: Path) -> None:
    """Lays out a `.tflite` or `.onnx` file, and runs it once on an empty frame, in a process of its own.

    A file that passed is not tried again by this process.

    Raises:
        ArtefactError: no regular file, not a model, or one that crashes or takes more than 4 GiB or two minutes.
    """
    require_regular(path, LARGEST_MODEL, error=ArtefactError, remedy=REMEDY)
    digest = sha256(path)
    if digest in _whole:
        return
    try:
        apart.limited(LIMITS, try_once, path)
    except apart.Exceeded as error:
        raise ArtefactError(path, str(error), REMEDY) from error
    _whole.add(digest)


def try_once(path: Path) -> None:
    """What `require_runnable` does there."""
    try:
        read_metadata(path)
        runner = runners.open_artefact(path)
        image = runner.signature().get("image", [])
        shape = [size or 1 for size in image[1:]]
        if len(shape) == 4 and image[0] == "uint8" and shape[1] * shape[2] <= LARGEST_PIXELS:
            runner.answer(np.zeros((1, *shape[1:]), "uint8"))
    except (ImportError, MemoryError):
        raise
    except Exception as error:  # the interpreters raise ValueError, RuntimeError, UnicodeDecodeError, their own classes
        raise ArtefactError(path, f"not a {path.suffix} file of export.py ({short(error)})", REMEDY) from error


def guarded(run: Callable, path: Path) -> Callable:
    """`run`, whose failures are those of the model file, in one line."""

    def call(images: np.ndarray) -> runners.Maps:
        try:
            return run(images)
        except (UdaError, MemoryError):
            raise
        except Exception as error:  # classes of every runtime
            if type(error).__name__ == "ResourceExhaustedError":
                raise
            what = f"the model cannot be run on {images.shape[2]}x{images.shape[1]} ({short(error)})"
            raise ArtefactError(path, what, REMEDY) from error

    return call


def short(error: Exception) -> str:
    """The error of a library in one short line."""
    return " ".join(str(error).split())[:120] or type(error).__name__
