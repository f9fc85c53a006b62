"""A trained segmenter in a folder, for tests of what learns from one; it was drawn instead of trained."""

from pathlib import Path

import keras

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from tests.toy import CLASSES

CLASS_NAMES = tuple(f"class {number}" for number in range(CLASSES))


def saved_teacher(folder: Path, name: str = "tiny", classes=CLASS_NAMES, seed: int = 3, size: str = "40x32") -> Path:
    """Writes a segmenter with random weights; returns its folder."""
    keras.utils.set_random_seed(seed)
    config = SegmenterConfig(name, "none")
    save_segmenter(build_segmenter(config, len(classes)), folder, make_record(config, tuple(classes), size))
    return folder
