"""Folding: the same function, batch norm inside the convolutions, one copy of the weights in a SavedModel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.export import fold
from keras_uda.export.graph import fixed_size_function
from keras_uda.export.graph import trace
from keras_uda.export.saved_model import write_saved_model


@pytest.fixture(scope="module")
def segmenter():
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(keras.layers.Rescaling(1 / 64)(image))
    norm = keras.layers.BatchNormalization()
    x = keras.layers.ReLU()(norm(keras.layers.Conv2D(48, 3, padding="same", use_bias=False)(x)))
    model = keras.Model(image, {"logits": keras.layers.Conv2D(5, 1)(x)})
    for value in norm.weights:
        value.assign(np.random.default_rng(1).uniform(0.5, 2.0, value.shape))
    return model


def test_the_folded_function_gives_the_same_maps_of_any_batch(segmenter):
    graph = trace(segmenter, (32, 24), None)
    folded = fold.fold(graph)
    for count in (1, 3):
        frames = tf.constant(np.random.default_rng(count).integers(0, 256, (count, 24, 32, 3)).astype("uint8"))
        before, after = graph.serve(frames), folded.serve(frames)
        np.testing.assert_array_equal(before["label_map"], after["label_map"])
        assert np.abs(before["confidence"].numpy().astype(int) - after["confidence"].numpy()).max() <= 1


def test_scale_of_batch_norm_is_in_the_weights_of_the_convolution(segmenter):
    weights = [value.numpy() for value in fold.fold(trace(segmenter, (32, 24), None)).weights]
    convolution, norm = segmenter.layers[3], segmenter.layers[4]
    scale = norm.gamma.numpy() / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    expected = convolution.kernel.numpy() * scale
    found = [value for value in weights if value.shape == expected.shape]
    assert len(found) == 1
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)


def test_a_saved_model_holds_its_weights_once(segmenter, tmp_path):
    graph = fold.fold(trace(segmenter, (32, 24), None))
    write_saved_model(tmp_path / "1", {"serving_default": fixed_size_function(graph)}, graph.weights)
    held = sum(value.numpy().nbytes for value in graph.weights)
    assert (tmp_path / "1" / "saved_model.pb").stat().st_size < 2 * held / 3  # the graph alone
    assert held <= (tmp_path / "1" / "variables" / "variables.data-00000-of-00001").stat().st_size < 1.1 * held
    loaded = tf.saved_model.load(str(tmp_path / "1")).signatures["serving_default"]
    frames = tf.constant(np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3)).astype("uint8"))
    np.testing.assert_array_equal(loaded(image=frames)["label_map"], graph.serve(frames)["label_map"])
