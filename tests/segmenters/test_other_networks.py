"""ProDA's head and the VGG-16 networks: numbers of parameters, sizes, groups."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import UsageError
from keras_uda.segmenters import deeplab_v2
from keras_uda.segmenters import vgg16
from keras_uda.segmenters.blocks import CropLike
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.deeplab_v2_proda import deeplab_v2_resnet101_proda
from keras_uda.segmenters.vgg16 import bilinear_kernel
from keras_uda.segmenters.vgg16 import deeplab_v2_vgg16
from keras_uda.segmenters.vgg16 import fcn8s_vgg16
from tests.conftest import shared_path

VGG16_CONVOLUTIONS = 14_714_688


def count(variables) -> int:
    return sum(int(np.prod(v.shape)) for v in variables)


def test_proda_has_the_published_numbers():
    facts = json.loads(shared_path("reference/vectors/deeplabv2_resnet101.json").read_text())
    expected = facts["summary"]["proda"]
    model = deeplab_v2_resnet101_proda(expected["num_classes"], weights="none")
    moving = [v for layer in model.layers for v in layer.weights if v.name.startswith("moving")]
    assert model.count_params() - count(moving) == expected["parameters_total"]
    assert count(model.trainable_variables) == expected["parameters_trainable"]
    assert count(moving) == expected["buffers_total_without_counters"]
    groups = expected["optimizer_groups"]
    heads = [v for name in model.head_names for v in model.get_layer(name).trainable_variables]
    assert (len(heads), count(heads)) == (groups["10x"]["unique_tensors"], groups["10x"]["unique_parameters"])
    rest = [(layer, v) for layer in model.layers if layer.name not in model.head_names for v in layer.trainable_weights]
    times = [model.repeats.get(layer.name, 1) for layer, _ in rest]
    assert {str(n): times.count(n) for n in set(times)} == groups["1x"]["multiplicity_histogram"]
    shapes = model.compute_output_shape((1, 160, 320, 3))
    assert (shapes["logits"], shapes["features"]) == ((1, 21, 41, expected["num_classes"]), (1, 21, 41, 256))


def test_proda_feature_norm_is_one_batch_norm_in_the_head_group(monkeypatch):
    monkeypatch.setattr(deeplab_v2, "STAGES", ((4, 1, 1, 1), (4, 1, 2, 1), (4, 1, 1, 2), (8, 1, 1, 4)))
    model = deeplab_v2_resnet101_proda(2, weights="none", feature_norm=True, batch_norm="batch_stats")
    assert "bn_pretrain" in model.head_names
    assert count(model.get_layer("bn_pretrain").weights) == 4 * 32
    outputs = model(np.zeros((1, 33, 65, 3), "float32"), training=True)
    assert outputs["logits"].shape == (1, 5, 9, 2) and np.isfinite(outputs["logits"]).all()


def test_deeplab_vgg16_has_the_published_numbers():
    classes, dilations = 19, (6, 12, 18, 24)
    model = deeplab_v2_vgg16(classes, weights="none")
    dense = (9 * 512 * 1024 + 1024) + (9 * 1024 * 1024 + 1024)
    head = len(dilations) * (9 * 1024 * classes + classes)
    assert model.count_params() == VGG16_CONVOLUTIONS + dense + head == count(model.trainable_variables)
    shapes = model.compute_output_shape((1, 360, 640, 3))
    assert (shapes["logits"], shapes["features"]) == ((1, 45, 80, classes), (1, 45, 80, 1024))
    assert [model.get_layer(f"features.{i}").dilation_rate for i in (21, 23, 27, 29, 31)] == [
        (d, d) for d in (1, 2, 2, 4, 4)
    ]
    assert model.head_names == ()


def test_two_levels_are_refused_where_there_is_one(monkeypatch):
    monkeypatch.setattr(vgg16, "STAGES", ((4, 2), (4, 2), (4, 3), (8, 3), (8, 3)))
    with pytest.raises(UsageError, match="`deeplab_v2_vgg16` has one level"):
        build_segmenter(SegmenterConfig(name="deeplab_v2_vgg16", weights="none", levels=2), 3)


@pytest.mark.slow
def test_fcn8s_has_the_published_numbers():
    classes = 19
    model = fcn8s_vgg16(classes, weights="none")
    dense = (49 * 512 * 4096 + 4096) + (4096 * 4096 + 4096)
    scores = sum(channels * classes + classes for channels in (4096, 512, 256))
    assert count(model.trainable_variables) == VGG16_CONVOLUTIONS + dense + scores
    assert count(model.weights) - count(model.trainable_variables) == (4 * 4 * 2 + 16 * 16) * classes**2
    shapes = model.compute_output_shape((1, 320, 640, 3))
    assert shapes["logits"] == (1, 320, 640, classes)
    # ceil(518 / 32) - 6 rows of fc7, as the padding of 100 makes them
    assert shapes["features"] == (1, 11, 21, 4096)
    assert (shapes["skips"]["pool4"][1:], shapes["skips"]["pool3"][1:]) == ((33, 53, 512), (65, 105, 256))


def test_bilinear_deconvolution_keeps_a_plane_and_channels_apart():
    kernel = bilinear_kernel(4, 2)
    plane = np.fromfunction(lambda n, h, w, c: (h + 10 * w) * (c == 0), (1, 5, 6, 2), dtype="float32")
    out = tf.nn.conv2d_transpose(plane, tf.transpose(kernel, (0, 1, 3, 2)), (1, 12, 14, 2), 2, "VALID").numpy()
    inner = out[0, 3:-3, 3:-3]
    np.testing.assert_allclose(np.diff(inner[..., 0], axis=0), 0.5)
    np.testing.assert_allclose(np.diff(inner[..., 0], axis=1), 5.0)
    assert not inner[..., 1].any()


def test_crop_takes_the_size_of_the_other_map():
    x = np.arange(2 * 7 * 8 * 1).reshape(2, 7, 8, 1).astype("float32")
    np.testing.assert_array_equal(CropLike(2)([x, x[:, :4, :3]]), x[:, 2:6, 2:5])


@pytest.mark.slow
def test_fcn8s_logits_have_the_size_of_the_image():
    model = fcn8s_vgg16(3, weights="none")
    outputs = model(np.zeros((1, 40, 72, 3), "float32"))
    assert outputs["logits"].shape == (1, 40, 72, 3)


@pytest.mark.slow
def test_vgg16_of_keras_lands_in_the_convolutions():
    from keras_uda.segmenters.weights.imagenet import copy_vgg16

    source = keras.applications.VGG16(include_top=False, weights=None)
    model = deeplab_v2_vgg16(3, weights="none")
    copy_vgg16(model, source)
    np.testing.assert_array_equal(model.get_layer("features.27").kernel, source.get_layer("block5_conv3").kernel)
