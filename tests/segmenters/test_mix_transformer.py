"""Mix Transformer: stages, gradients and epsilons as published, frames of any shape."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.segmenters.mix_transformer import SIZES
from keras_uda.segmenters.mix_transformer import MapAttention
from keras_uda.segmenters.mix_transformer import Size
from keras_uda.segmenters.mix_transformer import mix_transformer
from tests.conftest import assert_matches
from tests.conftest import load_vectors

PARTS = {"q": "attn.q", "proj": "attn.proj", "sr": "attn.sr", "sr_norm": "attn.norm", "fc1": "mlp.fc1"}
PARTS |= {"fc2": "mlp.fc2", "dw": "mlp.dwconv.dwconv", "norm1": "norm1", "norm2": "norm2"}


def encoder(size: Size, **options) -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, mix_transformer(image, size, **options))


def published(arrays: dict, hyper: dict, norm_epsilon: float) -> keras.Model:
    """The encoder of a file of vectors, with its weights."""
    keys = ("dims", "depths", "heads", "sr_ratios", "mlp_ratios")
    size = Size(*(tuple(hyper[key]) for key in keys))
    model = encoder(size, norm_epsilon=norm_epsilon, patch_epsilon=hyper["embed_norm_eps"])
    named, rest = named_arrays(arrays), {layer.name for layer in model.layers if layer.weights}
    for name, values in named.items():
        model.get_layer(name).set_weights(values)
        rest.remove(name)
    assert not rest
    return model


def named_arrays(arrays: dict) -> dict[str, list[np.ndarray]]:
    """Name of our layer -> its weights, of all `param_` of a file."""
    found = {}
    for key, array in arrays.items():
        if key.startswith("param_"):
            stage, _, rest = key.removeprefix("param_stage").partition("_")
            part, _, _ = rest.rpartition("_")
            found.setdefault(layer_name(stage, part), []).append(array)
    for name in [name for name in found if name.endswith("attn.k")]:
        pairs = zip(found.pop(name), found.pop(f"{name[:-1]}v"), strict=True)
        found[f"{name}v"] = [np.concatenate(pair, axis=-1) for pair in pairs]
    return found


def layer_name(stage: str, part: str) -> str:
    fixed = {"patch": f"patch_embed{stage}.proj", "patch_norm": f"patch_embed{stage}.norm", "norm": f"norm{stage}"}
    if part in fixed:
        return fixed[part]
    block, _, part = part.removeprefix("block").partition("_")
    return f"block{stage}.{block}.{PARTS.get(part, f'attn.{part}')}"


def test_stages_and_the_gradient_match_the_published_encoder():
    arrays, meta = load_vectors("segformer_mit")
    model = published(arrays, meta["hyper"], meta["hyper"]["norm_eps"])
    image = tf.constant(arrays["in_image"])
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps = model(image, training=False)
        scalar = sum(tf.reduce_sum(maps[f"stage{n}"] * arrays[f"in_cotangent_{n}"]) for n in range(1, len(maps) + 1))
    for stage, value in maps.items():
        assert_matches(value, arrays, meta, f"out_{stage}")
    assert_matches(scalar, arrays, meta, "out_scalar")
    assert_matches(tape.gradient(scalar, image), arrays, meta, "grad_scalar_image")


def test_one_epsilon_everywhere_is_the_other_library():
    arrays, meta = load_vectors("segformer_mit")
    maps = published(arrays, meta["hyper"], 1e-5)(arrays["in_image"])
    for key in (key for key in arrays if key.startswith("out_hf_")):
        assert_matches(maps[key.removeprefix("out_hf_")], arrays, meta, key)
    assert np.abs(maps["stage1"] - arrays["out_stage1"]).max() > meta["tolerance"]["out_stage1"]["atol"]


@pytest.mark.parametrize("size", [(217, 333), (333, 217), (64, 128), (29, 32), (96, 75)])
def test_frames_of_any_shape_go_through_one_model(size):
    model = encoder(SIZES["tiny"])
    maps = model(np.ones((2, *size, 3), "float32"), training=True)
    for stage, stride in enumerate((4, 8, 16, 32), 1):
        rows, columns = (-(-length // stride) for length in size)
        assert maps[f"stage{stage}"].shape == (2, rows, columns, SIZES["tiny"].widths[stage - 1])
    assert model.output["stage1"].shape[1:3] == (None, None)


def test_attention_matches_its_equation():
    random = np.random.default_rng(0)
    queries, both = random.normal(size=(2, 3, 5, 6)), random.normal(size=(2, 2, 1, 12))
    out = MapAttention(3)([queries.astype("float32"), both.astype("float32")])
    expected = np.empty((2, 3, 5, 6))
    for n, h, w, head in np.ndindex(2, 3, 5, 3):
        group = slice(2 * head, 2 * head + 2)
        keys, values = (part[n, :, :, group].reshape(-1, 2) for part in (both[..., :6], both[..., 6:]))
        scores = np.exp(keys @ queries[n, h, w, group] / np.sqrt(2))
        expected[n, h, w, group] = scores @ values / scores.sum()
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_softmax_is_taken_in_float32(policy, monkeypatch):
    softmax, types = tf.nn.softmax, []
    monkeypatch.setattr(tf.nn, "softmax", lambda scores: types.append(scores.dtype.name) or softmax(scores))
    queries = np.full((1, 2, 3, 1), 240, "float32")
    both = np.array([[1, 0], [1, 1]], "float32").reshape(1, 2, 1, 2)
    share = MapAttention(1, dtype=policy)([queries, both])
    assert types == ["float32"] and share.dtype == policy.removeprefix("mixed_")
    np.testing.assert_array_equal(np.asarray(share, "float32"), 0.5)


def rates(model: keras.Model) -> list[float]:
    return [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def test_paths_are_dropped_image_by_image_and_more_often_in_later_blocks():
    size = Size((4, 4, 5, 8), (2, 1, 1, 1))
    model = encoder(size, drop_path=0.4)
    np.testing.assert_allclose(rates(model), np.repeat([0.1, 0.2, 0.3, 0.4], 2))
    assert not rates(encoder(size, drop_path=0.0))
    layer = model.get_layer("block4.0.drop_path2")
    dropped = np.asarray(layer(np.ones((200, 2, 3, 8), "float32"), training=True)).reshape(200, -1)
    assert (dropped.min(1) == dropped.max(1)).all()  # an image keeps all of a branch or nothing
    assert 0.25 < (dropped[:, 0] == 0).mean() < 0.55
    np.testing.assert_allclose(dropped.max(), 1 / 0.6, rtol=1e-6)
    np.testing.assert_array_equal(layer(np.ones((2, 2, 3, 8), "float32"), training=False), 1)


# Millions of parameters of the encoders in table 6 of the paper.
MILLIONS = {"b0": 3.4, "b1": 13.1, "b2": 24.2, "b3": 44.0, "b4": 60.8, "b5": 81.4}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n < "b3" else [pytest.mark.slow]) for n in MILLIONS])
def test_the_encoders_have_the_published_numbers_of_parameters(name):
    assert abs(encoder(SIZES[name]).count_params() / 1e6 - MILLIONS[name]) < 0.1
