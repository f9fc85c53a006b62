"""DeepLab-v2 against the published codes: blocks by vectors, the network by its table of parameters and sizes."""

import json
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import MaxPool
from keras_uda.segmenters.deeplab_v2 import aspp
from keras_uda.segmenters.deeplab_v2 import bottleneck
from keras_uda.segmenters.deeplab_v2 import deeplab_v2_resnet101
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.conftest import shared_path
from tests.everyday import IN_THE_CONTINUOUS_CHECK

PUBLISHED = {"weights": "none", "batch_norm": "batch_stats"}


@cache
def table() -> dict:
    return json.loads(shared_path("reference/vectors/deeplabv2_resnet101.json").read_text())


@cache
def network(levels: int, dilations: tuple[int, ...] = (6, 12, 18, 24)) -> keras.Model:
    classes = table()["summary"]["advent_multi"]["num_classes"]
    return deeplab_v2_resnet101(classes, levels=levels, aspp_dilations=dilations, **PUBLISHED)


def torch_names(model: keras.Model) -> dict[str, keras.Variable]:
    """Name of the PyTorch tensor -> our variable."""
    suffix = {"kernel": "weight", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean"}
    suffix |= {"bias": "bias", "moving_variance": "running_var"}
    return {f"{layer.name}.{suffix[v.name]}": v for layer in model.layers for v in layer.weights}


def test_layers_have_the_published_names_shapes_and_groups():
    ours, model = torch_names(network(2)), network(2)
    expected = {entry["name"]: entry for entry in table()["advent_multi_layers"]}
    buffers = {entry["name"]: entry for entry in table()["advent_multi_bn_buffers"]}
    assert set(ours) == set(expected) | set(buffers)
    for name, entry in expected.items():
        assert list(ours[name].shape) == entry["keras_shape"], name
        assert ours[name].trainable == entry["requires_grad"], name
        layer = name.rpartition(".")[0]
        assert (layer in model.head_names) == (entry["group"] == "10x"), name
        if entry["listed"]:
            assert model.repeats.get(layer, 1) == entry["listed"], name
    for name, entry in buffers.items():
        assert list(ours[name].shape) == entry["shape"], name


@pytest.mark.parametrize("name", ["advent_multi", "advent_single", "adaptsegnet_multi", "dacs"])
def test_numbers_of_parameters(name):
    expected, model = table()["summary"][name], network(2 if name.endswith("multi") else 1)
    buffers = [v for n, v in torch_names(model).items() if "running" in n]
    assert model.count_params() - sum(np.prod(v.shape) for v in buffers) == expected["parameters_total"]
    assert sum(np.prod(v.shape) for v in model.trainable_variables) == expected["parameters_trainable"]
    assert sum(np.prod(v.shape) for v in buffers) == expected["buffers_total_without_counters"]
    group = expected["optimizer_groups"]
    of_heads = [v for n, v in torch_names(model).items() if n.rpartition(".")[0] in model.head_names]
    assert len(of_heads) == group["10x"]["unique_tensors"]
    rest = [(n, v) for n, v in torch_names(model).items() if v.trainable and not any(v is h for h in of_heads)]
    assert len(rest) == group["1x"]["unique_tensors"]
    assert sum(model.repeats.get(n.rpartition(".")[0], 1) for n, _ in rest) == group["1x"]["listed_entries"]


def sizes(model: keras.Model, height: int, width: int, names: list[str]) -> dict[str, tuple]:
    """Name of each layer -> output shape for an image of this size."""
    probe = keras.Model(model.input, {name: model.get_layer(name).output for name in names})
    return probe.compute_output_shape((1, height, width, 3))


LAST = {"conv1": "conv1", "maxpool": "maxpool", "layer1": "layer1.2.relu3", "layer2": "layer2.3.relu3"}
LAST |= {"layer3": "layer3.22.relu3", "layer4": "layer4.2.relu3", "layer5": "aux_logits", "layer6": "logits"}


def test_sizes_of_the_feature_maps():
    for entry in table()["feature_map_sizes"].values():
        stages = entry["stages_HWC"]
        got = sizes(network(2), entry["H"], entry["W"], [LAST[stage] for stage in stages])
        for stage, expected in stages.items():
            assert list(got[LAST[stage]][1:]) == expected, (entry["H"], entry["W"], stage)


def test_a_small_image_really_has_those_sizes():
    height, width = 33, 65
    expected = network(2).compute_output_shape((1, height, width, 3))
    outputs = network(2)(np.zeros((1, height, width, 3), "float32"))
    assert {n: tuple(outputs[n].shape) for n in ("logits", "aux_logits")} == {
        n: expected[n] for n in ("logits", "aux_logits")
    }


@pytest.mark.parametrize(
    ("name", "dilations"),
    [
        ("advent_multi", (6, 12, 18, 24)),
        pytest.param("adaptsegnet_multi", (6, 12), marks=IN_THE_CONTINUOUS_CHECK),  # another network
    ],
)
def test_multiply_adds_of_each_stage(name, dilations):
    model, expected = network(2, dilations), table()["summary"][name]["forward_512x1024"]["macs_per_stage"]
    macs, convolutions = dict.fromkeys(expected, 0), [x for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    shapes = sizes(model, 512, 1024, [layer.name for layer in convolutions])
    for layer in convolutions:
        _, rows, columns, _ = shapes[layer.name]
        macs[layer.name.partition(".")[0]] += int(rows * columns * np.prod(layer.kernel.shape))
    assert macs == expected


@pytest.mark.parametrize(("case", "dilations"), [("four", (6, 12, 18, 24)), ("first_two", (6, 12))])
def test_head_matches_the_published_codes(case, dilations):
    arrays, meta = load_vectors("deeplabv2_head")
    features = keras.Input(arrays["in_x"].shape[1:])
    classes = arrays["param_conv0_kernel"].shape[-1]
    head = keras.Model(features, aspp(features, classes, dilations, "head", "logits"))
    for number in range(len(dilations)):
        weights = [arrays[f"param_conv{number}_kernel"], arrays[f"param_conv{number}_bias"]]
        head.get_layer(f"head.conv2d_list.{number}").set_weights(weights)
    out, gradients = run(head, arrays["in_x"], arrays["in_cotangent"], training=True)
    assert_matches(out, arrays, meta, f"out_{case}")
    for key in (key for key in arrays if key.startswith(f"grad_{case}_")):
        layer, _, weight = key.removeprefix(f"grad_{case}_").partition("_")
        path = f"head.conv2d_list.{layer.removeprefix('conv')}/{weight}" if weight else layer
        assert_matches(gradients[path], arrays, meta, key)


@pytest.mark.parametrize("block", ["a", "b"])
@pytest.mark.parametrize("mode", ["live", "batch_stats", "frozen"])
def test_bottleneck_matches_the_published_code(block, mode):
    arrays, meta = load_vectors("bottleneck")
    model = published_block(arrays, block, mode)
    x, cotangent = arrays["in_x"], arrays[f"in_cotangent_{block}"]
    kind = "eval" if mode == "frozen" else "train"
    out, gradients = run(model, x, cotangent, training=mode == "frozen")
    assert_matches(out, arrays, meta, f"out_{block}_eval")
    if mode != "frozen":
        out, gradients = run(model, x, cotangent, training=True)
        for key in (key for key in arrays if key.startswith(f"after_{block}_")):
            layer, _, name = key.removeprefix(f"after_{block}_").partition("_")
            moving = {"moving_mean": 2, "moving_var": 3}[name]
            assert_matches(model.get_layer(f"block.{layer}").get_weights()[moving], arrays, meta, key)
    assert_matches(out, arrays, meta, f"out_{block}_{kind}")
    for key in (key for key in arrays if key.startswith(f"grad_{block}_{kind}_")):
        name = key.removeprefix(f"grad_{block}_{kind}_")
        assert_matches(gradients[name if name == "x" else f"block.{name.replace('_', '/')}"], arrays, meta, key)
    assert len(model.trainable_variables) == len([w for w in model.weights if "kernel" in w.name]) + (
        2 * len([layer for layer in model.layers if isinstance(layer, BatchNorm)]) if mode == "live" else 0
    )


def published_block(arrays: dict, block: str, mode: str) -> keras.Model:
    x = keras.Input(arrays["in_x"].shape[1:])
    planes = arrays[f"param_{block}_conv1_kernel"].shape[-1]
    stride = -(-arrays["in_x"].shape[1] // arrays[f"out_{block}_eval"].shape[1])
    dilation = {"a": 2, "b": 1}[block]
    model = keras.Model(x, bottleneck(x, planes, stride, dilation, block == "b", "block", mode))
    for layer in model.layers:
        name = layer.name.removeprefix("block.").replace("downsample.0", "down").replace("downsample.1", "down_bn")
        keys = ("gamma", "beta", "moving_mean", "moving_var") if isinstance(layer, BatchNorm) else ("kernel",)
        if layer.weights:
            layer.set_weights([arrays[f"param_{block}_{name}_{key}"] for key in keys])
    return model


def run(model: keras.Model, x, cotangent, training: bool) -> tuple:
    """Output, and gradients of sum(output * cotangent) by path of the variable; `x` for the input."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = model(x, training=training)
        total = tf.reduce_sum(out * cotangent)
    gradients = tape.gradient(total, [x, *model.trainable_variables])
    return out, dict(zip(["x", *(v.path for v in model.trainable_variables)], gradients, strict=True))


def test_max_pooling_rounds_like_the_published_stem():
    arrays, meta = load_vectors("maxpool_ceil")
    for key in (key for key in arrays if key.startswith("in_")):
        size = key.removeprefix("in_")
        for name, ceil_mode in (("ceil", True), ("floor", False)):
            pool = MaxPool(ceil_mode)
            out = pool(arrays[key])
            assert_matches(out, arrays, meta, f"out_{name}_{size}")
            assert pool.compute_output_shape(arrays[key].shape) == out.shape


def test_frozen_affine_survives_switching_trainable():
    layer = BatchNorm("batch_stats")
    layer.build((None, 2, 2, 3))
    layer.trainable = False
    layer.trainable = True
    assert not layer.trainable_variables


def test_batch_norm_that_is_not_trainable_uses_moving_statistics():
    layer = BatchNorm("live")
    x = np.random.default_rng(0).normal(3, 1, (2, 4, 4, 3)).astype("float32")
    layer.build(x.shape)
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), x / np.sqrt(1 + 1e-5), rtol=1e-6)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))


def test_batch_norm_of_a_single_pixel_is_finite():
    layer = BatchNorm("live")
    assert np.isfinite(layer(np.ones((1, 1, 1, 3), "float32"), training=True)).all()
    assert all(np.isfinite(weight).all() for weight in layer.get_weights())
