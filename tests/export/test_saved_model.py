"""SavedModel folders: named signatures that load without Keras and that the tools of TensorFlow show."""

import subprocess
import sys

import pytest
import tensorflow as tf

from keras_uda.export.saved_model import write_saved_model
from tests.export.models import output_of

CLI = "from tensorflow.python.tools.saved_model_cli import main; main()"


@pytest.mark.slow
def test_saved_model_cli_shows_the_signatures(export):
    text = output_of(CLI, "show", "--dir", export / "saved_model" / "1", "--all")
    for name in ("serving_default", "encoded", "about", "image_bytes", "label_map", "confidence", "label_png_bytes"):
        assert f"'{name}'" in text
    assert "DT_UINT8" in text and "DT_STRING" in text


@pytest.fixture
def two_signatures(tmp_path):
    @tf.function(input_signature=[tf.TensorSpec((None,), "float32", name="x")])
    def double(x):
        return {"y": 2 * x}

    @tf.function(input_signature=[tf.TensorSpec((), "float32", name="z")])
    def triple(z):
        return {"y": 3 * z}

    write_saved_model(tmp_path / "1", {"serving_default": double, "other": triple})
    return tmp_path / "1"


def test_every_signature_has_its_name(two_signatures):
    loaded = tf.saved_model.load(str(two_signatures)).signatures
    assert loaded["serving_default"](x=tf.constant([1.0, 2.0]))["y"].numpy().tolist() == [2.0, 4.0]
    assert float(loaded["other"](z=tf.constant(5.0))["y"]) == 15


@pytest.mark.slow
@pytest.mark.ci
def test_it_loads_without_anything_of_ours(two_signatures, tmp_path):
    code = "import sys, tensorflow as tf; loaded = tf.saved_model.load(sys.argv[1]).signatures; " + (
        "print(float(loaded['other'](z=tf.constant(5.0))['y']), 'keras_uda' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code, two_signatures], capture_output=True, text=True, cwd=tmp_path)
    assert told.stdout.split("\n")[0] == "15.0 False"
