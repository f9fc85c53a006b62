"""Published SegFormer files: encoders of every size, both heads, the names of two libraries."""

import functools
import re

import keras
import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters import mix_transformer
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.mix_transformer import Size
from keras_uda.segmenters.weights.published import import_weights
from keras_uda.segmenters.weights.published import published_names

PATH = "mit.pth"
IMAGE = np.random.default_rng(5).uniform(0, 255, (1, 33, 65, 3)).astype("float32")
SMALL = {
    "b0": Size((8, 16, 20, 32), (1, 1, 2, 1)),
    "b1": Size((16, 16, 20, 32), (1, 1, 2, 1)),
    "b5": Size((16, 16, 20, 32), (2, 1, 3, 1)),
}


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """The published sizes with narrow and few blocks: the same names, a thousandth of the weights."""
    for name, size in SMALL.items():
        monkeypatch.setitem(mix_transformer.SIZES, name, size)


def build(size: str = "b1", head: str = "mlp", classes: int = 3) -> keras.Model:
    config = SegmenterConfig("segformer", "none", arguments={"size": size, "head": head})
    return build_segmenter(config, classes)


def published(**options) -> tuple[keras.Model, dict[str, np.ndarray]]:
    """A segmenter with random weights, and its state dict as the released code would write it, which may be changed."""
    segmenter, state = made(**options)
    return segmenter, {name: array.copy() for name, array in state.items()}


@functools.cache
def made(**options) -> tuple[keras.Model, dict[str, np.ndarray]]:
    segmenter, random, state = build(**options), np.random.default_rng(0), {}
    for name, variable in published_names(segmenter).items():
        array = np.abs(random.normal(0.3, 0.2, variable.shape)).astype("float32")
        variable.assign(array)
        order = {4: (2, 3, 0, 1) if "dwconv" in name or "depthwise" in name else (3, 2, 0, 1), 2: (1, 0)}
        state[name] = array.transpose(order.get(array.ndim, range(array.ndim)))
    return segmenter, state


def encoder_file(state: dict) -> dict[str, np.ndarray]:
    """As `mit_b1.pth` is: no head of a segmenter, but the classifier of ImageNet."""
    body = {name: array for name, array in state.items() if not name.startswith("decode_head")}
    return body | {"head.weight": np.ones((1000, 32), "float32"), "head.bias": np.ones(1000, "float32")}


@pytest.mark.parametrize("size", SMALL)
def test_an_encoder_file_of_any_size_is_recognised(size):
    segmenter, state = published(size=size)
    imported = import_weights(encoder_file(state), PATH)
    assert imported.config.name == "segformer" and imported.config.arguments["size"] == size
    assert imported.config.arguments["batch_norm"] == "live"
    assert imported.left_out == ["head.weight", "head.bias"]
    assert imported.at_random == list(imported.segmenter.head_names)
    for stage, value in segmenter(IMAGE)["skips"].items():
        np.testing.assert_array_equal(imported.segmenter(IMAGE)["skips"][stage], value)
    assert imported.segmenter.output["logits"].shape[-1] == 19


def test_an_encoder_file_is_a_start_for_any_classes():
    _, state = published(size="b0")
    assert import_weights(encoder_file(state), PATH, classes=4).segmenter.output["logits"].shape[-1] == 4


@pytest.mark.parametrize("head", ["mlp", "daformer"])
@pytest.mark.parametrize("prefix", ["", "state_dict.", "state_dict.model."])
def test_whole_segmenters_with_either_head(head, prefix):
    segmenter, state = published(head=head)
    body = re.compile(r"^(?!decode_head)")
    state = {prefix + body.sub("backbone.", name): array for name, array in state.items()}
    if head == "mlp":
        state[f"{prefix}decode_head.conv_seg.weight"] = np.zeros((3, 256, 1, 1), "float32")  # there, but never used
    imported = import_weights(state, PATH)
    assert imported.config.arguments["head"] == head and not imported.at_random
    assert imported.left_out == ["decode_head.conv_seg.weight"] * (head == "mlp")
    np.testing.assert_array_equal(imported.segmenter(IMAGE)["logits"], segmenter(IMAGE)["logits"])


# Published name -> that of `transformers`; {0} is the number of the stage, counted from 0 there.
OTHER = (
    (r"^patch_embed(\d)\.norm", "encoder.patch_embeddings.{0}.layer_norm"),
    (r"^patch_embed(\d)", "encoder.patch_embeddings.{0}"),
    (r"^norm(\d)", "encoder.layer_norm.{0}"),
    (r"^block(\d)", "encoder.block.{0}"),
    (r"\.norm([12])\.", ".layer_norm_{1}."),
    (r"attn\.norm", "attention.self.layer_norm"),
    (r"attn\.q", "attention.self.query"),
    (r"attn\.sr", "attention.self.sr"),
    (r"attn\.proj", "attention.output.dense"),
    (r"mlp\.fc", "mlp.dense"),
    (r"linear_c(\d)", "linear_c.{0}"),
    (r"linear_fuse\.conv", "linear_fuse"),
    (r"linear_fuse\.bn", "batch_norm"),
    (r"linear_pred", "classifier"),
)


def in_other_names(state: dict) -> dict[str, np.ndarray]:
    renamed = {}
    for name, array in state.items():
        for pattern, other in OTHER:
            numbers = lambda found: [int(n) for n in found.groups()] or [0]  # noqa: E731
            name = re.sub(pattern, lambda f, o=other, n=numbers: o.format(n(f)[0] - 1, n(f)[0]), name)
        name = f"segformer.{name}" if name.startswith("encoder") else name
        if ".attn.kv." in name:
            for part, half in zip(("key", "value"), np.split(array, 2), strict=True):
                renamed[name.replace("attn.kv", f"attention.self.{part}")] = half
        else:
            renamed[name] = array
    return renamed


def test_the_names_of_the_other_library():
    segmenter, state = published()
    other = in_other_names(state)
    assert "segformer.encoder.block.0.0.attention.self.key.weight" in other
    assert (
        "segformer.encoder.patch_embeddings.3.layer_norm.bias" in other and "decode_head.linear_c.0.proj.bias" in other
    )
    imported = import_weights(other, PATH)
    np.testing.assert_array_equal(imported.segmenter(IMAGE)["logits"], segmenter(IMAGE)["logits"])
    classifier = {"classifier.weight": np.ones((1000, 32), "float32"), "classifier.bias": np.ones(1000, "float32")}
    encoder = {name: array for name, array in other.items() if not name.startswith("decode_head")} | classifier
    imported = import_weights(encoder, PATH)
    assert imported.left_out == ["head.weight", "head.bias"]
    np.testing.assert_array_equal(imported.segmenter(IMAGE)["skips"]["stage4"], segmenter(IMAGE)["skips"]["stage4"])


def broken(state: dict, change: str) -> dict:
    name = "block2.0.attn.kv.weight"
    if change == "missing":
        del state[name]
    elif change == "another shape":
        state[name] = state[name][:-2]
    elif change == "left over":
        state["block2.0.attn.rel_pos"] = np.zeros((2, 2), "float32")
    elif change == "NaN":
        state[name][0, 0] = np.nan
    elif change == "whole numbers":
        state[name] = state[name].astype("int64")
    elif change == "cut":
        state = {name: array for name, array in state.items() if not name.startswith("block3.1")}
    elif change == "no width":
        state["patch_embed2.proj.weight"] = np.zeros((), "float32")
    return state


REASONS = {
    "missing": r"block2\.0\.attn\.kv\.weight \(16, 32\) is missing",
    "another shape": r"block2\.0\.attn\.kv\.weight has shape \(16, 30\).* needs \(16, 32\)",
    "left over": r"block2\.0\.attn\.rel_pos \(2, 2\) .*no layer",
    "NaN": r"block2\.0\.attn\.kv\.weight holds NaN",
    "whole numbers": "no floating point",
    "cut": r"widths 16-16-20-32 and depths 1-1-1-1, .*nearest is b1 with 16-16-20-32 and 1-1-2-1",
    "no width": "widths 16-0-20-32 .*nearest is b1",
}


@pytest.mark.parametrize("change", REASONS)
@pytest.mark.parametrize("names", [dict, in_other_names])
def test_a_file_that_does_not_fit_names_the_first_tensor_or_the_nearest_size(change, names):
    _, state = published()
    with pytest.raises(ArtefactError, match=REASONS[change]) as error:
        import_weights(names(broken(encoder_file(state), change)), PATH)
    assert error.value.exit_code == 4 and "\n" not in str(error.value)
