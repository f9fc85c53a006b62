"""The tools of TensorFlow read what we write: saved_model_cli, the LiteRT analyser; and other networks in ONNX."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.export.graph import freeze
from keras_uda.export.publish import export_run
from keras_uda.export.write import Wanted
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from tests.toy_export import frame
from tests.toy_export import toy_exports

CLI = "from tensorflow.python.tools.saved_model_cli import main; main()"
ANALYSE = "import sys, tensorflow as tf; tf.lite.experimental.Analyzer.analyze(model_path=sys.argv[1])"


def random_run(folder, name):
    """A run folder of a segmenter that was never trained, at 64x64."""
    keras.utils.set_random_seed(0)
    config = SegmenterConfig(name=name, weights="none")
    segmenter = build_segmenter(config, len(CITYSCAPES))
    folder.mkdir()
    save_segmenter(segmenter, folder, make_record(config, CITYSCAPES, "64x64", {"method": "toy"}))
    return folder


@pytest.fixture(scope="module", params=["tiny", "efficientnet_lite0"])
def export(request, tmp_path_factory):
    if request.param == "tiny":
        return toy_exports()
    place = tmp_path_factory.mktemp(request.param)
    return export_run(random_run(place / "run", request.param), place / "new", Wanted())


def output_of(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
def test_saved_model_cli_shows_the_signatures(export):
    text = output_of(CLI, "show", "--dir", export / "saved_model" / "1", "--all")
    for name in ("serving_default", "encoded", "about", "image_bytes", "label_map", "confidence", "label_png_bytes"):
        assert f"'{name}'" in text
    assert "DT_UINT8" in text and "DT_STRING" in text


@pytest.mark.slow
def test_the_litert_analyser_reads_the_file(export):
    text = output_of(ANALYSE, export / "model.tflite")
    assert "CONV_2D" in text and "RESIZE_BILINEAR" in text and "Flex" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet_lite0", "deeplab_v2_resnet101"])
def test_other_networks_say_the_same_in_onnx(tmp_path, name):
    pytest.importorskip("tf2onnx", reason="the extra `onnx` is not installed")
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    from keras_uda.artefacts.runners import Onnx
    from keras_uda.export import onnx_model

    keras.utils.set_random_seed(0)
    segmenter = build_segmenter(SegmenterConfig(name=name, weights="none"), len(CITYSCAPES))
    graph = freeze(segmenter, (64, 64), None)
    (tmp_path / "a.onnx").write_bytes(onnx_model.convert(graph, {"classes": list(CITYSCAPES)}))
    frames = np.stack([frame(index, 64, 64) for index in range(2)])
    label_maps, confidences = Onnx(tmp_path / "a.onnx")(frames)
    maps = graph.maps(keras.ops.convert_to_tensor(frames))
    assert (label_maps == maps["label_map"].numpy()).mean() >= 0.999  # random weights: many near ties
    assert np.abs(confidences.astype(int) - maps["confidence"].numpy()).max() <= 1
