"""LiteRT files: what cannot be converted is named, layers stay in float by name, other tools read them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts.runners import LiteRT
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export import litert
from keras_uda.export.bounds import BOUNDS
from keras_uda.export.tails import Tail
from keras_uda.export.tails import outputs_of_tail
from keras_uda.segmenters.build import load_segmenter
from tests.export.models import Odd
from tests.export.models import graph_of
from tests.export.models import output_of
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import toy_run

LOGITS = Tail("logits")


def test_layers_can_be_kept_in_float(tmp_path):
    model = litert.convert(graph_of(load_segmenter(toy_run())[0], (WIDTH, HEIGHT), tmp_path / "graph"))
    plain, more = litert.ends(model), litert.ends(model, ("last_conv",))
    assert set(more) > set(plain) and any("last_conv" in name for name in set(more) - set(plain))
    with pytest.raises(UsageError, match="no layer has `lost_conv` in its name. Did you mean `last_conv"):
        litert.ends(model, ("lost_conv",))


def test_an_op_that_is_not_built_in_is_refused_by_name(tmp_path):
    image = keras.Input((None, None, 3))
    logits = Odd(name="strange")(keras.layers.Conv2D(4, 3, padding="same")(image))
    with pytest.raises(ArtefactError, match="Betainc of layer strange"):
        litert.convert(graph_of(keras.Model(image, {"logits": logits}), (16, 16), tmp_path / "graph"))


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).integers(0, 256, (4, 24, 32, 3)).astype("uint8")


def integer_file(place, frames, *ends, tail=LOGITS):
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(
        keras.layers.Rescaling(1 / 128, -1)(image)
    )
    logits = keras.layers.Conv2D(4, 1, name="head")(x)
    for layer in ends:
        logits = layer(logits)
    model = keras.Model(image, {"logits": logits})
    graph = graph_of(model, (32, 24), place / "graph", tail, "float32")
    return model, litert.convert(graph, "uint8", frames)


def test_uint8_is_integers_from_end_to_end(tmp_path, frames):
    keras.utils.set_random_seed(0)
    model, content = integer_file(tmp_path, frames)
    runner = LiteRT(content)
    assert runner.signature() == {"image": ["uint8", 1, 24, 32, 3], "logits": ["uint8", 1, 12, 16, 4]}
    details = runner.run.get_input_details()["image"]
    assert details["quantization"] == (1.0, 0) and litert.float_ops_of(content) == []
    scale, zero = runner.units["logits"]
    exact = np.asarray(model(frames[:1].astype("float32"))["logits"])
    assert np.abs(scale * (runner.answer(frames[:1])["logits"].astype(float) - zero) - exact).max() < 0.04 * np.ptp(
        exact
    )


@pytest.mark.parametrize("grid", ["full", "half", "small"])
def test_label_maps_of_integers_alone(tmp_path, frames, grid):
    keras.utils.set_random_seed(0)
    tail = Tail("label_map", grid)
    model, content = integer_file(tmp_path, frames, tail=tail)
    runner = LiteRT(content)
    assert runner.signature() == {"image": ["uint8", 1, 24, 32, 3], "label_map": ["uint8", 1, 24, 32]}
    assert litert.float_ops_of(content) == []
    exact = outputs_of_tail(tail, model(frames.astype("float32"))["logits"], (24, 32))["label_map"]
    assert len(np.unique(exact)) > 2 and (runner(frames)[0] == exact).numpy().mean() >= BOUNDS["uint8"].agreement


def test_an_op_that_stays_in_float_is_refused_by_name(tmp_path, frames):
    with pytest.raises(ArtefactError, match="ops that stay in float: SIN of .*strange.* take --quantize int8"):
        integer_file(tmp_path, frames, keras.layers.Lambda(tf.sin, name="strange"), keras.layers.Conv2D(4, 1))


ANALYSE = "import sys, tensorflow as tf; tf.lite.experimental.Analyzer.analyze(model_path=sys.argv[1])"


@pytest.mark.slow
def test_the_litert_analyser_reads_the_file(export):
    text = output_of(ANALYSE, export / "model.tflite")
    assert "CONV_2D" in text and "RESIZE_BILINEAR" in text and "Flex" not in text
