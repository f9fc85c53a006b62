"""What TensorFlow's analyser says of a `.tflite` file and a GPU delegate, in its own words."""

import contextlib
import io
from pathlib import Path

import tensorflow as tf

from keras_uda.core.runtime import quiet


def gpu_words(file: Path) -> list[str]:
    """The lines of the analyser about GPUs. In TensorFlow 2.21 it finds every file compatible: see `device_facts`."""
    printed = io.StringIO()
    with quiet(), contextlib.redirect_stdout(printed):
        tf.lite.experimental.Analyzer.analyze(model_path=str(file), gpu_compatibility=True)
    _, *lines = printed.getvalue().strip().splitlines()  # the first one is the place of the file
    return [line.strip() for line in lines if "GPU" in line]
