"""Shared layers: equations, exportable resizing, and statistics that replicas agree on."""

import json
import os
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import CaffeNormalization
from keras_uda.segmenters.blocks import CropLike
from keras_uda.segmenters.blocks import ResizeLike
from keras_uda.segmenters.blocks import remembering
from keras_uda.segmenters.build import build_segmenter
from tests.conftest import ROOT


def test_batch_norm_matches_its_equation():
    random = np.random.default_rng(0)
    x = random.normal(2, 3, (2, 3, 5, 4)).astype("float32")
    gamma, beta, mean, variance = random.uniform(0.5, 1.5, (4, 4)).astype("float32")
    layer = BatchNorm("live", momentum=0.8, epsilon=1e-3)
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance])
    np.testing.assert_allclose(layer(x), (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta, rtol=1e-5, atol=1e-5)
    batch_mean, batch_variance, n = x.mean((0, 1, 2)), x.var((0, 1, 2)), x[..., 0].size
    expected = (x - batch_mean) / np.sqrt(batch_variance + 1e-3) * gamma + beta
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, 0.8 * mean + 0.2 * batch_mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.8 * variance + 0.2 * batch_variance * n / (n - 1), rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e38])
def test_moving_statistics_do_not_keep_what_a_bad_batch_had(bad):
    layer = BatchNorm("live", momentum=0.8)
    good = np.random.default_rng(0).normal(2, 3, (2, 3, 5, 2)).astype("float32")
    layer(good, training=True)
    mean, variance = np.array(layer.moving_mean), np.array(layer.moving_variance)
    spoilt = good.copy()
    spoilt[0, 1, 1, 1] = bad
    layer(spoilt, training=True)
    assert np.isfinite(layer.moving_mean).all() and np.isfinite(layer.moving_variance).all()
    assert layer.moving_variance[1] == variance[1]  # of the channel that was spoilt
    assert layer.moving_mean[0] != mean[0]  # the other one moves as ever


def test_resize_has_half_pixel_centres_and_the_size_of_the_other_map():
    x = np.array([0.0, 4.0], "float32").reshape(1, 1, 2, 1)
    out = ResizeLike()([x, np.zeros((1, 3, 4, 7), "float32")])
    np.testing.assert_allclose(out[0, :, :, 0], np.tile([0.0, 1.0, 3.0, 4.0], (3, 1)))


def test_caffe_normalisation_turns_the_channels_round():
    image = np.array([122.67891434, 116.66876762, 104.00698793 + 5], "float32").reshape(1, 1, 1, 3)
    np.testing.assert_allclose(np.ravel(CaffeNormalization()(image)), [5, 0, 0], atol=1e-4)


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0"])
def test_segmenters_become_built_in_litert_ops_with_the_same_logits(name):
    from ai_edge_litert.interpreter import Interpreter

    model = build_segmenter(SegmenterConfig(name=name, weights="none", levels=2), 5)
    image = np.random.default_rng(0).uniform(0, 255, (1, 48, 64, 3)).astype("float32")
    for _ in range(3):
        model(image, training=True)
    serve = tf.function(lambda x: model(x, training=False)["logits"], input_signature=[tf.TensorSpec(image.shape)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = Interpreter(model_content=converter.convert(), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    logits = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    expected = model(image)["logits"]
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_eager_graph_and_xla_agree():
    model = build_segmenter(SegmenterConfig(name="tiny", weights="none"), 3)
    image = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    start = model.get_weights()

    def step(image):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(image, training=True)["logits"] ** 2)
        return loss, tf.linalg.global_norm(tape.gradient(loss, model.trainable_variables))

    values = []
    for call in (step, tf.function(step), tf.function(step, jit_compile=True)):
        model.set_weights(start)
        values.append([float(value) for value in call(image)])
    np.testing.assert_allclose(values[1:], [values[0]] * 2, rtol=1e-3)


def test_a_segmenter_survives_its_own_configuration():
    model = build_segmenter(SegmenterConfig(weights="none", arguments={"batch_norm": "batch_stats"}), 3)
    again = keras.Model.from_config(model.get_config())
    assert [v.shape for v in again.weights] == [v.shape for v in model.weights]
    assert len(again.trainable_variables) == len(model.trainable_variables)


@pytest.mark.slow
def test_replicas_agree_on_moving_statistics():
    program = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from keras_uda.segmenters.blocks import BatchNorm
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    layer = BatchNorm("live", momentum=0.0)
    layer.build((None, 2, 2, 1))
images = np.arange(4, dtype="float32").reshape(4, 1, 1, 1) * np.ones((4, 2, 2, 1), "float32")
batches = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensors(images).unbatch().batch(4))
step = tf.function(lambda batch: strategy.run(lambda x: layer(x, training=True), args=(batch,)))
for batch in batches:
    step(batch)
print([float(value[0]) for one in (layer.moving_mean, layer.moving_variance) for value in one.value.values])
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    mean, same_mean, variance, same_variance = json.loads(done.stdout.splitlines()[-1])
    assert mean == same_mean == 1.5 and variance == same_variance  # of all images as one batch, not of two halves
    np.testing.assert_allclose(variance, 16 / 15 * 1.25, rtol=1e-6)


def test_what_a_replica_remembers_is_no_matter_of_another():
    """Replicas are threads that take turns within a pass."""
    layer, seen = BatchNorm("live"), []
    with remembering([layer], 0.25):
        other = threading.Thread(target=lambda: seen.append(layer.remembered_share))
        other.start()
        other.join()
        with remembering([BatchNorm("live")], 0.0):
            seen.append(layer.remembered_share)
    assert seen == [1.0, 0.25] and layer.remembered_share == 1.0


def test_crop_takes_the_size_of_the_other_map():
    x = np.arange(2 * 7 * 8 * 1).reshape(2, 7, 8, 1).astype("float32")
    np.testing.assert_array_equal(CropLike(2)([x, x[:, :4, :3]]), x[:, 2:6, 2:5])
