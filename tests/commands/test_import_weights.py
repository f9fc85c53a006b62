"""`import-weights` from a file on disk to a folder that a run starts from."""

import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from keras_uda.__main__ import main
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters import deeplab_v2
from keras_uda.segmenters import mix_transformer
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.mix_transformer import Size
from keras_uda.segmenters.weights.published import published_names
from tests.conftest import ROOT
from tests.segmenters.weights.torch_writer import write_state

IMAGE = np.zeros((1, 33, 65, 3), "float32")


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A published checkpoint of 16 classes with few and narrow blocks, and the segmenter that it is."""
    monkeypatch.setattr(deeplab_v2, "STAGES", ((4, 1, 1, 1), (4, 1, 2, 1), (4, 1, 1, 2), (4, 1, 1, 4)))
    config = SegmenterConfig(name="deeplab_v2_resnet101", weights="none", levels=2)
    segmenter = build_segmenter(config, 16)
    arrays = {
        f"module.{name}": variable.numpy().transpose((3, 2, 0, 1) if len(variable.shape) == 4 else (0,))
        for name, variable in published_names(segmenter).items()
    }
    return write_state(tmp_path / "Größe 1.pth", arrays), segmenter


def test_a_checkpoint_becomes_a_folder_to_start_from(checkpoint, tmp_path, capsys):
    path, segmenter = checkpoint
    output = tmp_path / "imported"
    assert main(["import-weights", "--input", str(path), "--output", str(output), "--size", "640x320"]) == 0
    model, record = load_segmenter(output)
    np.testing.assert_array_equal(model(IMAGE)["logits"], segmenter(IMAGE)["logits"])
    assert len(record["classes"]) == 16 and "terrain" not in record["classes"] and record["size"] == "640x320"
    assert record["provenance"]["imported_from"] == path.name and record["provenance"]["left_out"] == []
    assert f"{len(segmenter.weights)} of {len(segmenter.weights)} arrays set" in capsys.readouterr().out
    started = SegmenterConfig(name="deeplab_v2_resnet101", weights=str(output), levels=2)
    np.testing.assert_array_equal(build_segmenter(started, 16)(IMAGE)["logits"], segmenter(IMAGE)["logits"])
    assert main(["import-weights", "--input", str(path), "--output", str(output)]) == 2


def test_names_of_classes_and_parts_left_out(checkpoint, tmp_path):
    path, _ = checkpoint
    flags = [
        "--input",
        str(path),
        "--without",
        "heads",
        "--classes",
        "a",
        "b",
        "--levels",
        "1",
        "--dilations",
        "6",
        "12",
    ]
    assert main(["import-weights", "--output", str(tmp_path / "two"), *flags]) == 0
    record = json.loads((tmp_path / "two" / "segmenter.json").read_text())
    assert record["classes"] == ["a", "b"] and record["arguments"]["arguments"]["aspp_dilations"] == [6, 12]
    assert len(record["provenance"]["left_out"]) == 16


@pytest.fixture
def encoder(monkeypatch):
    """The tensors of a narrow MiT-B1 as the released encoder file names them, and the segmenter that has them."""
    monkeypatch.setitem(mix_transformer.SIZES, "b1", Size((16, 16, 20, 32), (1, 1, 2, 1)))
    segmenter = build_segmenter(SegmenterConfig("segformer", "none", arguments={"size": "b1"}), 2)
    arrays = {"head.weight": np.ones((1000, 32), "float32")}
    for name, variable in published_names(segmenter).items():
        order = {4: (2, 3, 0, 1) if "dwconv" in name else (3, 2, 0, 1), 2: (1, 0)}.get(len(variable.shape), (0,))
        if not name.startswith("decode_head"):
            arrays[name] = np.ascontiguousarray(variable.numpy().transpose(order))
    return arrays, segmenter


def write_safetensors(path, arrays: dict):
    header, data = {}, b""
    for name, array in arrays.items():
        place = (len(data), len(data) + array.nbytes)
        header[name], data = {"dtype": "F32", "shape": array.shape, "data_offsets": place}, data + array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("name", ["mit_b1.pth", "mit_b1.safetensors"])
def test_an_encoder_file_becomes_a_start_for_any_head_and_classes(name, encoder, tmp_path, capsys):
    arrays, segmenter = encoder
    if name.endswith(".safetensors"):
        pytest.importorskip("safetensors")
    path = (write_state if name.endswith(".pth") else write_safetensors)(tmp_path / name, arrays)
    output = tmp_path / "mit"
    assert main(["import-weights", "--input", str(path), "--output", str(output)]) == 0
    said = capsys.readouterr().out
    assert "--segmenter.arguments.size b1" in said and "start at random" in said
    expected = segmenter(IMAGE)["skips"]["stage4"]
    for head, classes in (("mlp", 19), ("daformer", 7)):
        config = SegmenterConfig("segformer", str(output), arguments={"size": "b1", "head": head})
        started = build_segmenter(config, classes)(IMAGE)
        np.testing.assert_array_equal(started["skips"]["stage4"], expected)
        assert started["logits"].shape[-1] == classes
    for arguments in ({"size": "tiny"}, {"size": "tiny", "head": "daformer"}):
        with pytest.raises(ArtefactError, match="holds a segformer of size b1.*, the configuration has size tiny"):
            build_segmenter(SegmenterConfig("segformer", str(output), arguments=arguments), 5)


MISTAKES = {
    "--input missing.pth": (4, "no such file. Give a PyTorch file (.pth)"),
    "--input CHECKPOINT --classes a b": (4, "needs (3, 3, 16, 2)"),
    "--input CHECKPOINT --size big": (2, "WIDTHxHEIGHT"),
    "--input CHECKPOINT --dilations 0": (2, "--dilations"),
    "--input CHECKPOINT --inptu x": (2, "input"),
    "--input CHECKPOINT --without layer3": (0, ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_one_line(mistake, checkpoint, tmp_path, capsys):
    flags = [word.replace("CHECKPOINT", str(checkpoint[0])) for word in mistake.split()]
    code, text = MISTAKES[mistake]
    assert main(["import-weights", "--output", str(tmp_path / "out"), *flags]) == code
    lines = capsys.readouterr().err.splitlines()
    assert (tmp_path / "out").exists() == (code == 0)
    if code:
        assert len(lines) == 1 and text in lines[0]


def test_a_wrong_file_is_refused_without_tensorflow(tmp_path):
    (tmp_path / "page.pth").write_text("<html>")
    program = (
        "import sys; from keras_uda.__main__ import main; "
        "code = main(['import-weights', '--input', 'page.pth', '--output', 'out']); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules); sys.exit(code)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("error: page.pth: not a readable PyTorch file")
