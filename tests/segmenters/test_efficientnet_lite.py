"""EfficientNet-Lite0: the ImageNet weights land where the reference activations say."""

import keras
import numpy as np

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.efficientnet_lite import _weights_path
from keras_uda.segmenters.efficientnet_lite import backbone
from keras_uda.segmenters.efficientnet_lite import load_imagenet
from keras_uda.segmenters.weights.torch_files import read_state_dict
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def probe(layers: list[str]) -> keras.Model:
    """The whole backbone with ImageNet weights, giving the named layers."""
    image = keras.Input((None, None, 3))
    model = keras.Model(image, backbone(image, "live"))
    load_imagenet(model)
    return keras.Model(image, {name: model.get_layer(name).output for name in layers})


def test_activations_match_the_reference_file():
    arrays, meta = load_vectors("efficientnet_lite0")
    outputs = probe(meta["layers"])(arrays["in_image"].astype("float32"))
    for layer in meta["layers"]:
        assert_matches(outputs[layer][:, ::2, ::2, :8], arrays, meta, f"out_{layer}")
    assert_matches(np.mean(outputs[meta["layers"][-1]], axis=(1, 2)), arrays, meta, "out_mean_last")


def test_the_published_head_on_our_backbone_gives_the_reference_probabilities():
    arrays, meta = load_vectors("efficientnet_lite0")
    last = probe(meta["layers"][-1:])(arrays["in_image_224"].astype("float32"))[meta["layers"][-1]]
    state = read_state_dict(_weights_path())
    x = np.asarray(last) @ state["_conv_head.weight"][:, :, 0, 0].T
    x = (x - state["_bn1.running_mean"]) / np.sqrt(state["_bn1.running_var"] + 1e-3)
    x = np.clip(x * state["_bn1.weight"] + state["_bn1.bias"], 0, 6).mean(axis=(1, 2))
    logits = (x @ state["_fc.weight"].T + state["_fc.bias"])[0]
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert_matches(probabilities, arrays, meta, "out_probabilities_224")


def test_every_size_gives_logits_at_stride_4():
    model = build_segmenter(SegmenterConfig(weights="none", levels=2), 5)
    for height, width in ((48, 64), (33, 65), (32, 32)):
        outputs = model(np.zeros((1, height, width, 3), "float32"), training=True)
        assert outputs["logits"].shape == (1, -(-height // 4), -(-width // 4), 5)
        assert outputs["aux_logits"].shape[-1] == 5


def test_imagenet_is_the_start_of_the_backbone():
    model = build_segmenter(SegmenterConfig(), 5)
    state = read_state_dict(_weights_path())
    kernel = state["_blocks.10._project_conv.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(model.get_layer("block10_project_conv").get_weights()[0], kernel)
    assert not any(layer.name.startswith("block11") for layer in model.layers)
