"""What an export writes: quantised files within their bounds, the description inside."""

import json
import zipfile

import pytest

from keras_uda.artefacts import manifest
from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.export import publish
from keras_uda.export.write import Wanted
from tests.toy_export import toy_run


@pytest.mark.slow
@pytest.mark.ci
def test_quantised_files_pass_their_bounds_and_keep_both_ends_in_float(tmp_path, no_process):
    wanted = Wanted(("tflite",), ("float16", "dynamic", "int8"), calibration=4, licence="CC BY 4.0")
    folder = publish.export_run(toy_run(), tmp_path / "small", wanted)
    content = manifest.read_manifest(folder)
    assert content["calibrated_on"] == {"frames": 4, "left_out": 0, "from": "frames/adapted.npz of the run"}
    assert set(content["artefacts"]) == {"tflite_float16", "tflite_dynamic", "tflite_int8"}
    ops = [kind for kind, _ in litert_ops((folder / "model_int8.tflite").read_bytes())]
    convolutions = [place for place, kind in enumerate(ops) if kind == "CONV_2D"]
    assert convolutions[1] < ops.index("QUANTIZE") < convolutions[2]
    assert convolutions[-1] < ops.index("DEQUANTIZE") < ops.index("RESIZE_BILINEAR")
    with zipfile.ZipFile(folder / "model_int8.tflite") as inside:
        assert inside.read("labels.txt").decode().splitlines() == content["classes"]
        described = json.loads(inside.read("metadata.json"))
    assert described["licence"] == content["licence"] == "CC BY 4.0"
    assert described["palette"] == content["palette"] and described["preprocessing"] == content["preprocessing"]
