"""Models of tests, and runs of what was exported."""

import os
import subprocess
import sys

import keras
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.export.graph import fixed_size_function
from keras_uda.export.graph import trace
from keras_uda.export.saved_model import write_saved_model
from keras_uda.export.tails import WHOLE
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from tests.conftest import ROOT


def tf_signature(folder):
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures["serving_default"]

    def run(images, keep=loaded):
        answer = signature(image=tf.constant(images))
        return answer["label_map"].numpy(), answer["confidence"].numpy()

    return run


class Odd(keras.layers.Layer):
    def call(self, inputs):
        return tf.math.betainc(tf.abs(inputs) + 1, tf.abs(inputs) + 1, tf.nn.sigmoid(inputs))


def call(folder, *arguments, **environment):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **environment}
    command = [sys.executable, str(ROOT / "export.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def graph_of(segmenter, size, folder, tail=WHOLE, dtype="uint8"):
    """The SavedModel that a segmenter is converted from; size is (width, height)."""
    graph = trace(segmenter, size, 1, tail, dtype)
    write_saved_model(folder, {"serving_default": fixed_size_function(graph)}, graph.weights)
    return folder


def random_run(folder, name):
    """A run folder of a segmenter that was never trained, at 64x64."""
    keras.utils.set_random_seed(0)
    config = SegmenterConfig(name=name, weights="none")
    segmenter = build_segmenter(config, len(CITYSCAPES))
    folder.mkdir()
    save_segmenter(segmenter, folder, make_record(config, CITYSCAPES, "64x64", {"method": "toy"}))
    return folder


def output_of(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
