"""What a file says of itself to somebody who writes an app."""

import re

import pytest

from keras_uda.artefacts import manifest
from keras_uda.artefacts.device_facts import device_facts
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import toy_exports
from tests.toy_export import toy_forms

IMAGE = {"image": {"dtype": "uint8", "shape": [1, HEIGHT, WIDTH, 3], "quantization": None}}
MAP = {"dtype": "uint8", "shape": [1, HEIGHT, WIDTH], "quantization": None}


def test_facts_are_read_from_the_file_and_written_down():
    facts = device_facts(toy_exports() / "model.tflite")
    assert re.fullmatch(r"\d+\.\d+\.\d+", facts["min_runtime_version"])
    assert facts["signature"] == {"inputs": IMAGE, "outputs": {"label_map": MAP, "confidence": MAP}}
    entry = manifest.read_manifest(toy_exports())["artefacts"]["tflite"]
    assert facts.items() <= entry.items()
    assert "signature" not in manifest.read_manifest(toy_exports())["artefacts"]["saved_model"]


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("model.tflite", ["ARG_MAX", "CAST float32 to uint8", "CAST int32 to uint8", "CAST uint8 to float32"]),
        ("model_label_map.tflite", ["ARG_MAX", "CAST int32 to uint8", "CAST uint8 to float32"]),
        ("model_logits.tflite", ["CAST uint8 to float32"]),
    ],
)
def test_ops_that_a_gpu_leaves_to_the_processor_are_named(file, left):
    assert device_facts(toy_forms() / file)["gpu_leaves_to_cpu"] == left
