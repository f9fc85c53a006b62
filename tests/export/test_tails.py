"""The forms of the outputs: their equations, their names, and what the gate lets each cost."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts import manifest
from keras_uda.artefacts.metadata import read_metadata
from keras_uda.artefacts.open_model import open_model
from keras_uda.artefacts.runners import LiteRT
from keras_uda.export.tails import Tail
from keras_uda.export.tails import enlarged
from keras_uda.export.tails import integer_tails_of
from keras_uda.export.tails import outputs_of_tail
from keras_uda.export.tails import tails_of
from keras_uda.segmenters.build import load_segmenter
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_forms
from tests.toy_export import toy_run

LOGITS = np.random.default_rng(0).normal(size=(2, 5, 7, 4)).astype("float32")


def upsampled(logits, height, width):
    """Bilinear with aligned corners, pixel by pixel."""
    out = np.empty((*logits.shape[:1], height, width, logits.shape[-1]))
    for y, x in np.ndindex(height, width):
        v, u = y * (logits.shape[1] - 1) / (height - 1), x * (logits.shape[2] - 1) / (width - 1)
        i, j = min(int(v), logits.shape[1] - 2), min(int(u), logits.shape[2] - 2)
        above = (1 - u + j) * logits[:, i, j] + (u - j) * logits[:, i, j + 1]
        below = (1 - u + j) * logits[:, i + 1, j] + (u - j) * logits[:, i + 1, j + 1]
        out[:, y, x] = (1 - v + i) * above + (v - i) * below
    return out


def nearest(maps, height, width):
    out = np.empty((len(maps), height, width), maps.dtype)
    for y, x in np.ndindex(height, width):
        row, column = (2 * y + 1) * maps.shape[1] // (2 * height), (2 * x + 1) * maps.shape[2] // (2 * width)
        out[:, y, x] = maps[:, row, column]
    return out


@pytest.mark.parametrize("size", [(20, 28), (19, 27), (33, 26), (20, 27), (19, 28)])
@pytest.mark.parametrize("grid", ["full", "half", "small"])
def test_maps_match_their_equation_on_every_grid(grid, size):
    grids = {"full": size, "half": (-(-size[0] // 2), -(-size[1] // 2)), "small": LOGITS.shape[1:3]}
    at_grid = upsampled(LOGITS, *grids[grid])
    probability = np.exp(at_grid).max(-1) / np.exp(at_grid).sum(-1)
    maps = outputs_of_tail(Tail("maps", grid), tf.constant(LOGITS), size)
    alone = outputs_of_tail(Tail("label_map", grid), tf.constant(LOGITS), size)
    np.testing.assert_array_equal(maps["label_map"], nearest(at_grid.argmax(-1).astype("uint8"), *size))
    np.testing.assert_allclose(maps["confidence"], nearest(255 * probability, *size), atol=0.51)
    assert list(alone) == ["label_map"] and np.array_equal(alone["label_map"], maps["label_map"])


def test_rows_are_doubled_without_a_slice_of_the_whole_map():
    """LiteRT's STRIDED_SLICE takes longer than all else behind the argmax."""
    graph = tf.function(lambda maps: enlarged(maps, (8, 12))).get_concrete_function(tf.TensorSpec((1, 4, 12), "uint8"))
    assert "StridedSlice" not in {op.type for op in graph.graph.get_operations()}


def test_logits_stay_as_they_are():
    outputs = outputs_of_tail(Tail("logits"), tf.constant(LOGITS), (20, 28))
    assert list(outputs) == ["logits"] and np.array_equal(outputs["logits"], LOGITS)


def test_the_first_form_has_the_plain_names():
    assert tails_of(["logits"], ["full"]) == {Tail("logits"): ""}
    several = tails_of(["label_map", "maps", "logits"], ["full", "small"])
    endings = ["", "_label_map_small", "_maps", "_maps_small", "_logits"]
    assert list(several.values()) == endings and Tail("logits", "full") in several


def test_integers_alone_give_label_maps_or_logits():
    """`maps` need a softmax, so their integer file has logits, once."""
    assert integer_tails_of(["maps"], ["full", "half"]) == {Tail(): (Tail("logits"), "")}
    assert integer_tails_of(["maps", "label_map", "logits"], ["full", "half"]) == {
        Tail(): (Tail("logits"), ""),
        Tail("label_map"): (Tail("label_map"), "_label_map"),
        Tail("label_map", "half"): (Tail("label_map", "half"), "_label_map_half"),
    }
    first = integer_tails_of(["label_map", "maps"], ["half"])
    assert list(first.values()) == [(Tail("label_map", "half"), ""), (Tail("logits"), "_logits")]


@pytest.mark.slow
@pytest.mark.ci
def test_every_form_is_published_and_described():
    forms = toy_forms()
    content = manifest.read_manifest(forms)
    endings = ["", "_maps_small", "_label_map", "_label_map_small", "_logits"]
    assert {f"model{ending}.tflite" for ending in endings} <= {path.name for path in forms.iterdir()}
    assert all((forms / f"saved_model{ending}" / "1" / "saved_model.pb").is_file() for ending in endings)
    for entry in content["artefacts"].values():
        assert entry["agreement_in_form"] >= 0.9999
        assert (entry["agreement"] >= 0.9999) == (entry["argmax"] == "full")
        assert (entry["confidence_difference"] is None) == (entry["outputs"] == "label_map")
    assert set(content["outputs"]) == {"label_map", "confidence"}
    assert set(read_metadata(forms / "model_logits.tflite")["outputs"]) == {"logits"}


@pytest.mark.slow
@pytest.mark.ci
def test_logits_are_those_of_keras():
    forms = toy_forms()
    segmenter, _ = load_segmenter(toy_run())
    image = frame(3)[None]
    expected = segmenter(tf.cast(image, "float32"), training=False)["logits"]
    np.testing.assert_allclose(LiteRT(forms / "model_logits.tflite").answer(image)["logits"], expected, atol=1e-3)
    loaded = tf.saved_model.load(str(forms / "saved_model_logits" / "1"))
    served = loaded.signatures["serving_default"](image=tf.constant(image))
    assert list(served) == ["logits"]
    np.testing.assert_allclose(served["logits"], expected, atol=1e-3)
    answer = loaded.signatures["encoded"](image_bytes=tf.constant([tf.io.encode_png(image[0]).numpy()]))
    whole = LiteRT(forms / "model.tflite").answer(image)["label_map"]
    assert (tf.io.decode_png(answer["label_png_bytes"][0])[..., 0] == whole[0]).numpy().mean() >= 0.9999


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("file", ["model_label_map_small.tflite", "model_logits.tflite", "saved_model_logits/1"])
def test_every_form_can_be_opened(file):
    forms = toy_forms()
    whole, opened = open_model(forms / "model.tflite"), open_model(forms / file)
    images = np.stack([frame(index) for index in range(2)])
    label_maps, confidences = opened.run(images)
    expected = whole.run(images)
    assert label_maps.shape == (2, HEIGHT, WIDTH) and opened.size == whole.size
    assert opened.gives_confidence == ("label_map" not in file) == (confidences is not None)
    if confidences is not None:
        assert (label_maps == expected[0]).mean() >= 0.9999
        assert np.abs(confidences.astype(int) - expected[1]).max() <= 1
