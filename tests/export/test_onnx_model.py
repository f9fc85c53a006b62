"""ONNX as an option: the same gate, the same maps, the description inside, a refusal by name."""

import importlib.util
import json
import shutil

import keras
import numpy as np
import pytest

from keras_uda.artefacts import manifest
from keras_uda.artefacts.open_model import open_model
from keras_uda.commands import export as command
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export import publish
from keras_uda.export.graph import trace
from keras_uda.export.write import Wanted
from keras_uda.segmenters.build import build_segmenter
from tests.export.models import Odd
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports
from tests.toy_export import toy_run

REASON = "the extra `onnx` is not installed"


def test_a_missing_extra_is_told_before_any_work(monkeypatch):
    run = toy_run()  # building it looks for modules too
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="onnx needs tf2onnx and onnxruntime. pip install"):
        command.main(["--run", str(run), "--formats", "onnx"])


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    pytest.importorskip("tf2onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    return publish.export_run(toy_run(), tmp_path_factory.mktemp("onnx") / "new", Wanted(("onnx",)))


def test_an_onnx_file_passes_the_gate_and_gives_the_same_maps(export):
    entry = manifest.read_manifest(export)["artefacts"]["onnx"]
    assert entry["file"] == "model.onnx" and entry["agreement"] >= 0.9999 and entry["miou"] is not None
    onnx, tflite = open_model(export), open_model(toy_exports())
    frames = np.stack([frame(index) for index in range(3)])
    assert onnx.kind == "onnx" and onnx.classes == tflite.classes and onnx.size == tflite.size
    assert (onnx.run(frames)[0] == tflite.run(frames)[0]).mean() > 0.9999
    assert np.abs(onnx.run(frames)[1].astype(int) - tflite.run(frames)[1]).max() <= 1


def test_the_batch_is_free_and_the_description_travels_inside(export, tmp_path):
    from keras_uda.artefacts.runners import Onnx

    runner = Onnx(export / "model.onnx")
    assert runner.signature()["image"] == ["uint8", None, HEIGHT, WIDTH, 3]
    maps = runner.session.run(["label_map"], {"image": np.stack([frame(0), frame(1)])})[0]
    np.testing.assert_array_equal(maps, runner(np.stack([frame(0), frame(1)]))[0])
    assert json.loads(runner.description())["classes"] == list(CITYSCAPES)
    alone = shutil.copy(export / "model.onnx", tmp_path)
    assert open_model(alone).classes == list(CITYSCAPES)


@pytest.mark.parametrize("content", [b"", b"hello", "half"])
def test_a_damaged_file_is_refused(export, tmp_path, content):
    whole = (export / "model.onnx").read_bytes()
    (tmp_path / "a.onnx").write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(ArtefactError):
        open_model(tmp_path / "a.onnx")


def test_an_operator_that_onnx_has_not_is_refused_by_name():
    pytest.importorskip("tf2onnx", reason=REASON)
    from keras_uda.export import onnx_model

    image = keras.Input((None, None, 3))
    logits = Odd(name="strange")(keras.layers.Conv2D(4, 3, padding="same")(image))
    with pytest.raises(ArtefactError, match="Betainc"):
        onnx_model.convert(trace(keras.Model(image, {"logits": logits}), (16, 16), 1), {"classes": ["a"]})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet_lite0", "deeplab_v2_resnet101"])
def test_other_networks_say_the_same_in_onnx(tmp_path, name):
    pytest.importorskip("tf2onnx", reason="the extra `onnx` is not installed")
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    from keras_uda.artefacts.runners import Onnx
    from keras_uda.export import onnx_model

    keras.utils.set_random_seed(0)
    segmenter = build_segmenter(SegmenterConfig(name=name, weights="none"), len(CITYSCAPES))
    graph = trace(segmenter, (64, 64), None)
    (tmp_path / "a.onnx").write_bytes(onnx_model.convert(graph, {"classes": list(CITYSCAPES)}))
    frames = np.stack([frame(index, 64, 64) for index in range(2)])
    label_maps, confidences = Onnx(tmp_path / "a.onnx")(frames)
    maps = graph.maps(keras.ops.convert_to_tensor(frames))
    assert (label_maps == maps["label_map"].numpy()).mean() >= 0.999  # random weights: many near ties
    assert np.abs(confidences.astype(int) - maps["confidence"].numpy()).max() <= 1
