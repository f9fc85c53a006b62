"""Heads of SegFormer: DAFormer's against published values, the all-MLP one (of which there are none) in slow numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.segformer_heads import all_mlp
from keras_uda.segmenters.segformer_heads import context_aware
from tests.conftest import assert_matches
from tests.conftest import load_vectors

KINDS = {"var": "moving_variance", "mean": "moving_mean"}


def published(arrays: dict, hyper: dict) -> keras.Model:
    """DAFormer's head of a file of vectors, with its weights."""
    stages = {f"stage{n}": keras.Input((None, None, dim), name=f"stage{n}") for n, dim in enumerate(hyper["dims"], 1)}
    options = {"channels": hyper["channels"], "dilations": tuple(hyper["dilations"])}
    features = context_aware(stages, hyper["embed"], "live", **options)
    model = keras.Model(stages, classifier(features, hyper["classes"], "decode_head.conv_seg"))
    keys = [key.removeprefix("param_") for key in arrays if key.startswith("param_")]
    assert len(keys) == len(model.weights)
    for key in keys:
        variable(model, key).assign(arrays[f"param_{key}"])
    return model


def variable(model: keras.Model, key: str) -> keras.Variable:
    """Our variable of `aspp2_dw_bn_moving_var`, `embed1_kernel`, ..."""
    part, _, kind = key.rpartition("_")
    layer = model.get_layer(layer_name(part.removesuffix("_moving")))
    return next(one for one in layer.weights if one.name == KINDS.get(kind, kind))


def layer_name(part: str) -> str:
    if part == "seg":
        return "decode_head.conv_seg"
    if part.startswith("embed"):
        return f"decode_head.embed_layers.{int(part.removeprefix('embed')) - 1}.proj"
    part, last = (part.removesuffix("_bn"), "bn") if part.endswith("_bn") else (part, "conv")
    branch, _, half = part.removeprefix("aspp").partition("_")
    half = {"dw": ".depthwise_conv", "pw": ".pointwise_conv"}.get(half, "")
    place = part if part == "bottleneck" else f"aspp_modules.{branch}{half}"
    return f"decode_head.fuse_layer.{place}.{last}"


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_logits_gradients_and_statistics_match_the_published_head(mode):
    arrays, meta = load_vectors("daformer_head")
    hyper, model = meta["hyper"], published(arrays, meta["hyper"])
    stages = {f"stage{n}": tf.constant(arrays[f"in_features_{n}"]) for n in range(1, len(hyper["dims"]) + 1)}
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(stages)
        logits = model(stages, training=mode == "train")
        scalar = tf.reduce_sum(logits * arrays["in_cotangent"])
    assert_matches(logits, arrays, meta, f"out_{mode}")
    keys = [key for key in arrays if key.startswith(f"grad_{mode}_")]
    assert len(keys) > 1
    for key in keys:
        name = key.removeprefix(f"grad_{mode}_")
        of_stage = name.startswith("features_")
        at = stages[f"stage{name[-1]}"] if of_stage else variable(model, name).value
        assert_matches(tape.gradient(scalar, at), arrays, meta, key)
    for key in (key for key in arrays if key.startswith("after_")):
        value, before = variable(model, key.removeprefix("after_")), arrays[key.replace("after", "param")]
        if mode == "train":
            assert_matches(value, arrays, meta, key)
        else:
            np.testing.assert_array_equal(value, before)


def test_all_mlp_matches_its_equation():
    random, dims, width = np.random.default_rng(0), (3, 4), 5
    stages = {f"stage{n}": keras.Input((None, None, dim), name=f"stage{n}") for n, dim in enumerate(dims, 1)}
    model = keras.Model(stages, all_mlp(stages, width, "live"))
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 1, weight.shape))
    maps = [random.normal(size=(1, 4, 6, 3)), random.normal(size=(1, 2, 3, 4))]
    out = model({f"stage{n}": one.astype("float32") for n, one in enumerate(maps, 1)})
    embedded = [
        np.einsum("nhwc,cd->nhwd", one, np.asarray(kernel, "float64")) + np.asarray(bias)
        for n, one in enumerate(maps, 1)
        for kernel, bias in [model.get_layer(f"decode_head.linear_c{n}.proj").weights]
    ]
    joined = np.concatenate([doubled(embedded[1]), embedded[0]], -1)  # the last stage first
    (kernel,) = model.get_layer("decode_head.linear_fuse.conv").weights
    gamma, beta, mean, variance = map(np.asarray, model.get_layer("decode_head.linear_fuse.bn").weights)
    fused = np.einsum("nhwc,cd->nhwd", joined, np.asarray(kernel, "float64")[0, 0])
    expected = np.maximum(gamma * (fused - mean) / np.sqrt(variance + 1e-5) + beta, 0)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


def doubled(maps: np.ndarray) -> np.ndarray:
    """Bilinear with half-pixel centres to twice the rows and columns."""
    (_, h, w, _), out = maps.shape, np.empty((1, 2 * maps.shape[1], 2 * maps.shape[2], maps.shape[3]))
    for i, j in np.ndindex(2 * h, 2 * w):
        y, x = np.clip((i + 0.5) / 2 - 0.5, 0, h - 1), np.clip((j + 0.5) / 2 - 0.5, 0, w - 1)
        top, left = min(int(y), h - 2), min(int(x), w - 2)
        for row, column in np.ndindex(2, 2):
            share = (1 - abs(y - top - row)) * (1 - abs(x - left - column))
            out[0, i, j] = (out[0, i, j] if row + column else 0) + share * maps[0, top + row, left + column]
    return out
