"""A small segmenter that was saved, and what its files must not become."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.files import sha256
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record

CLASSES = ("road", "sky", "moose")


TINY = SegmenterConfig(name="tiny", levels=2)


IMAGE = np.random.default_rng(0).uniform(0, 255, (2, 48, 64, 3)).astype("float32")


def saved(folder, config: SegmenterConfig = TINY) -> keras.Model:
    model = build_segmenter(dataclasses.replace(config, weights="none"), len(CLASSES))
    model(IMAGE, training=True)
    save_segmenter(model, folder, make_record(config, CLASSES, "64x48", {"run": "test"}))
    return model


def sign_again(folder) -> None:
    """Makes the record fit changed weights: what somebody does who wants the rest to be believed."""
    record = json.loads((folder / "segmenter.json").read_text())
    record["sha256"] = sha256(folder / "segmenter.weights.h5")
    (folder / "segmenter.json").write_text(json.dumps(record))


def refused(folder) -> str:
    with pytest.raises(ArtefactError) as error:
        load_segmenter(folder)
    assert error.value.exit_code == 4 and str(folder) in str(error.value)
    return str(error.value)
