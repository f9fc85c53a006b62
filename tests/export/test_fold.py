"""Folding: the same function without batch norm, and a SavedModel that holds its weights once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from keras_uda.export.fold import Shift
from keras_uda.export.fold import fold
from keras_uda.export.graph import fixed_size_function
from keras_uda.export.graph import trace
from keras_uda.export.saved_model import write_saved_model


def made() -> keras.Model:
    """Batch norms: two can be folded, one of them with a bias; two cannot, for an activation and for two readers."""
    keras.utils.set_random_seed(0)
    layers, norm = keras.layers, keras.layers.BatchNormalization
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="first")(layers.Rescaling(1 / 64)(image))
    x = layers.ReLU()(norm(name="norm_first")(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise")(x)
    x = norm(name="norm_depthwise", scale=False)(x)
    x = norm(name="norm_active")(layers.Conv2D(48, 3, padding="same", activation="relu", name="active")(x))
    both = layers.Conv2D(48, 1, name="both")(x)
    x = layers.Add()([norm(name="norm_both")(both), both])
    model = keras.Model(image, {"logits": layers.Conv2D(5, 1, name="head")(x), "features": x})
    for layer in model.layers:
        for value in layer.weights if "norm" in layer.name or layer.name == "depthwise" else ():
            value.assign(np.random.default_rng(1).uniform(0.5, 2.0, value.shape))
    return model


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3)).astype("uint8")


def test_a_folded_network_gives_the_same_logits(frames):
    before, after = (np.asarray(one(frames.astype("float32"))["logits"]) for one in (made(), fold(made())))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4 * np.abs(before).max())


def test_the_convolution_is_scaled_and_a_shift_is_left():
    model, folded = made(), fold(made())
    convolution, norm = model.get_layer("first"), model.get_layer("norm_first")
    scale = norm.gamma.numpy() / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    np.testing.assert_allclose(folded.get_layer("first").kernel, convolution.kernel.numpy() * scale, rtol=1e-6)
    shift = norm.beta.numpy() - norm.moving_mean.numpy() * scale
    np.testing.assert_allclose(folded.get_layer("norm_first").shift, shift, rtol=1e-5)
    kinds = {layer.name: type(layer) for layer in folded.layers if "norm" in layer.name}
    plain = keras.layers.BatchNormalization
    assert kinds == {"norm_first": Shift, "norm_depthwise": Shift, "norm_active": plain, "norm_both": plain}


def test_a_saved_model_holds_its_weights_once(frames, tmp_path):
    graph = trace(fold(made()), (32, 24), None)
    write_saved_model(tmp_path / "1", {"serving_default": fixed_size_function(graph)}, graph.weights)
    held = sum(value.numpy().nbytes for value in graph.weights)
    stored = (tmp_path / "1" / "variables" / "variables.data-00000-of-00001").stat().st_size
    assert held <= stored < 1.1 * held
    (meta,) = SavedModel.FromString((tmp_path / "1" / "saved_model.pb").read_bytes()).meta_graphs
    nodes = [node for function in meta.graph_def.library.function for node in function.node_def]
    assert max(node.attr["value"].ByteSize() for node in nodes if node.op == "Const") < 1000
    loaded = tf.saved_model.load(str(tmp_path / "1")).signatures["serving_default"]
    np.testing.assert_array_equal(loaded(image=tf.constant(frames))["label_map"], graph.serve(frames)["label_map"])
