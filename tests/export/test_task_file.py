"""Logits for devices: 8 bits stay 8 bits, and the metadata say what MediaPipe asks."""

import json
import os
import subprocess
import zipfile

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from PIL import Image

from keras_uda.artefacts import manifest
from keras_uda.artefacts.runners import LiteRT
from keras_uda.core.classes import CITYSCAPES
from keras_uda.export import publish
from keras_uda.export.task_file import segmenter_metadata
from keras_uda.export.write import Wanted
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_forms
from tests.toy_export import toy_run

PYTHON_WITH_MEDIAPIPE = "KERAS_UDA_MEDIAPIPE"  # python of an environment that has it
DESCRIPTION = {"size": "64x48", "segmenter": {"architecture": "tiny"}, "licence": "CC0"}
NUMBERS = flatbuffers.number_types


def root(content: bytes) -> flatbuffers.table.Table:
    return flatbuffers.table.Table(content, flatbuffers.encode.Get(flatbuffers.packer.uoffset, content, 0))


def field(table, slot: int) -> int:
    """Place of a field of a table; 0 where there is none."""
    offset = table.Offset(4 + 2 * slot)
    return offset and table.Pos + offset


def inner(table, slot: int):
    return flatbuffers.table.Table(table.Bytes, table.Indirect(field(table, slot)))


def only(table, slot: int):
    """The one table of a vector."""
    offset = table.Offset(4 + 2 * slot)
    assert table.VectorLen(offset) == 1
    return flatbuffers.table.Table(table.Bytes, table.Indirect(table.Vector(offset)))


def text(table, slot: int) -> str:
    return table.String(field(table, slot)).decode()


def number(table, slot: int, kind=NUMBERS.Uint8Flags) -> int:
    return table.Get(kind, field(table, slot))


def test_the_metadata_have_what_a_segmenter_needs():
    content = segmenter_metadata(DESCRIPTION)
    model = root(content)
    assert content[4:8] == b"M001" and text(model, 0) == "tiny" and text(model, 5) == "CC0"
    graph = only(model, 3)
    image = inner(only(graph, 2), 3)
    assert number(image, 0) == 2 and number(inner(image, 1), 0) == 1  # ImageProperties, RGB
    size = inner(inner(image, 1), 1)
    assert [number(size, slot, NUMBERS.Uint32Flags) for slot in (0, 1)] == [64, 48]
    labels = only(only(graph, 3), 6)
    assert text(labels, 0) == "labels.txt" and number(labels, 2) == 2  # names of the last axis
    custom = only(graph, 9)
    assert text(custom, 0) == "SEGMENTER_METADATA"
    offset = custom.Offset(4 + 2 * 1)
    place = custom.Vector(offset)
    options = bytes(content[place : place + custom.VectorLen(offset)])
    assert options[4:8] == b"V001" and number(root(options), 0) == 2  # softmax


@pytest.mark.slow
@pytest.mark.ci
def test_the_file_has_them_with_the_names_of_the_classes_uncompressed():
    file = toy_forms() / "model_logits.tflite"
    model = schema.Model.GetRootAs(file.read_bytes(), 0)
    names = [model.Metadata(index).Name() for index in range(model.MetadataLength())]
    assert names.count(b"TFLITE_METADATA") == 1 and b"min_runtime_version" in names
    with zipfile.ZipFile(file) as archive:
        assert archive.getinfo("labels.txt").compress_type == zipfile.ZIP_STORED
        assert archive.read("labels.txt").decode().splitlines() == list(CITYSCAPES)
    whole = schema.Model.GetRootAs((toy_forms() / "model.tflite").read_bytes(), 0)
    assert all(whole.Metadata(index).Name() != b"TFLITE_METADATA" for index in range(whole.MetadataLength()))


@pytest.fixture(scope="module")
def eight_bits(tmp_path_factory):
    from tests.toy_export import run_here

    wanted = Wanted(("tflite",), ("int8",), calibration=4, outputs=("logits",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish.parity, "run_apart", run_here)
        return publish.export_run(toy_run(), tmp_path_factory.mktemp("int8") / "out", wanted)


@pytest.mark.slow
@pytest.mark.ci
def test_int8_logits_stay_in_8_bits_and_say_what_one_is_worth(eight_bits):
    runner, image = LiteRT(eight_bits / "model_int8.tflite"), frame(2)[None]
    logits = runner.answer(image)["logits"]
    scale, zero_point = runner.units["logits"]
    expected = LiteRT(toy_forms() / "model_logits.tflite").answer(image)["logits"]
    assert logits.dtype == np.int8
    assert np.abs(scale * (logits.astype(float) - zero_point) - expected).mean() < 2 * scale
    entry = manifest.read_manifest(eight_bits)["artefacts"]["tflite_int8"]
    told = entry["signature"]["outputs"]["logits"]
    assert told["dtype"] == "int8" and told["quantization"] == {"scale": pytest.approx(scale), "zero_point": zero_point}


SEGMENT = """
import json, sys
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision
base = tasks.BaseOptions(model_asset_path=sys.argv[1])
wanted = vision.ImageSegmenterOptions(base_options=base, output_category_mask=True, output_confidence_masks=True)
with vision.ImageSegmenter.create_from_options(wanted) as segmenter:
    found = segmenter.segment(mp.Image.create_from_file(sys.argv[2]))
    masks = np.stack([mask.numpy_view() for mask in found.confidence_masks], -1)
    np.savez(sys.argv[3], category=np.squeeze(found.category_mask.numpy_view()), masks=np.squeeze(masks))
    print(json.dumps(list(segmenter.labels)))
"""


@pytest.mark.slow
def test_mediapipe_segments_with_it(tmp_path):
    python = os.environ.get(PYTHON_WITH_MEDIAPIPE)
    if python is None:
        pytest.skip(f"{PYTHON_WITH_MEDIAPIPE} names no python of an environment with mediapipe")
    Image.fromarray(frame(2)).save(tmp_path / "frame.png")
    file = toy_forms() / "model_logits.tflite"
    command = [python, "-c", SEGMENT, str(file), str(tmp_path / "frame.png"), str(tmp_path / "out.npz")]
    process = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(process.stdout.splitlines()[-1]) == list(CITYSCAPES)
    found = np.load(tmp_path / "out.npz")
    expected = LiteRT(toy_forms() / "model.tflite").answer(frame(2)[None])["label_map"][0]
    assert found["category"].shape == (HEIGHT, WIDTH) and found["masks"].shape == (HEIGHT, WIDTH, 19)
    np.testing.assert_allclose(found["masks"].sum(-1), 1, atol=1e-2)
    assert (found["category"] == expected).mean() > 0.99
