"""What an export says of itself."""

from keras_uda.artefacts import manifest
from keras_uda.export import description
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


def test_figures_have_units_and_keras_its_miou(capsys):
    content = manifest.read_manifest(toy_exports())
    lines = description.table(content).splitlines()
    assert lines[1].split() == ["artefact", "MB", "ms/frame", "same", "pixels", "mIoU", "%"]
    assert content["keras"]["miou"] == content["artefacts"]["tflite"]["keras_miou"]
    assert lines[-1].split()[0] == "(Keras)" and lines[-1].split()[-1] == f"{100 * content['keras']['miou']:.1f}"


def test_the_better_int8_file_is_named_with_both_figures():
    one, other = (
        {"file": "model_int8.tflite", "agreement": 0.985},
        {"file": "model_int8_aeq.tflite", "agreement": 0.9912},
    )
    assert description.peers({"tflite_int8": one}) is None
    told = description.peers({"tflite_int8": one, "tflite_int8_aeq": other, "tflite": {}})
    assert "model_int8_aeq.tflite 99.12 % of the pixels as Keras against model_int8.tflite 98.50 %" in told


def test_the_licence_of_the_start_is_told(tmp_path):
    assert manifest.read_manifest(toy_exports())["start"]["weights"] == "random"
    lite = {"name": "efficientnet_lite0", "weights": "imagenet"}
    assert description.start_of(lite)["licence"].startswith("Apache-2.0")
    assert description.start_of({"name": "deeplab_v2_resnet101", "weights": "imagenet"})["licence"].startswith("MIT")
    assert description.start_of({"name": "tiny", "weights": str(toy_run())})["weights"] == "random"
    assert "no longer at hand" in description.start_of(lite | {"weights": str(tmp_path)})["licence"]


def test_a_run_that_began_with_itself_has_an_end(tmp_path, monkeypatch):
    arguments = {"name": "tiny", "weights": str(tmp_path)}
    monkeypatch.setattr(description, "read_record", lambda path: ({"provenance": {}, "arguments": arguments}, None))
    assert "no longer at hand" in description.start_of(arguments)["licence"]
