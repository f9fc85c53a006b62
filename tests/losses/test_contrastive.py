"""Pixel contrast and its companions: the released values, and the equations."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses import contrastive
from keras_uda.losses.segmentation import cross_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after
from tests.released_attention import NORMS
from tests.released_attention import WEIGHTS
from tests.released_attention import attention_of


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_released_contrast(mode):
    arrays, meta = load_vectors("semiseg_contrastive_loss")
    attention = attention_of(arrays, "sel")
    sizes = [len(arrays[f"in_memory{c}"]) if f"in_memory{c}" in arrays else 0 for c in range(attention.classes)]
    memory = np.zeros((attention.classes, max(sizes), arrays["in_features"].shape[-1]), "float32")
    for index, size in enumerate(sizes):
        memory[index, :size] = arrays[f"in_memory{index}"] if size else 0
    slots = (np.arange(max(sizes)) < np.array(sizes)[:, None]).astype("float32")
    features = tf.Variable(arrays["in_features"])
    with tf.GradientTape() as tape:
        members = contrastive.class_members(arrays["in_labels"], attention.classes)
        taking_part = contrastive.contrast_classes(members, slots)
        members = members * taking_part
        scores = attention(features, members, training=mode == "train")
        memories = slots * np.asarray(taking_part)[:, None]
        loss = contrastive.memory_contrast(features, members, scores, memory, memories)
    assert_matches(loss, arrays, meta, f"out_loss_{mode}")
    variables = {name: getattr(attention, name) for name in WEIGHTS.values()}
    variables |= {name: getattr(attention.normalization, name) for name in ("gamma", "beta")}
    gradients = tape.gradient(loss, {"features": features, **{n: v.value for n, v in variables.items()}})
    assert_matches(gradients["features"], arrays, meta, f"grad_{mode}_features")
    compared = 0
    for key in arrays:
        if not key.startswith(f"grad_{mode}_sel"):
            continue
        index, stored = key.removeprefix(f"grad_{mode}_sel").split("_", 1)
        gradient = np.asarray(gradients[(WEIGHTS | NORMS)[stored]])[int(index)]
        assert_matches(gradient.reshape(arrays[key].shape), arrays, meta, key)
        compared += 1
    assert compared >= 12
    for key in (key for key in arrays if key.startswith(f"after_{mode}_sel")):
        index, stored = key.removeprefix(f"after_{mode}_sel").split("_", 1)
        assert_matches(np.array(getattr(attention.normalization, NORMS[stored]))[int(index)], arrays, meta, key)
    untouched = np.flatnonzero(np.asarray(taking_part) == 0)
    before = attention_of(arrays, "sel").normalization
    for name in ("moving_mean", "moving_variance"):
        np.testing.assert_array_equal(
            np.array(getattr(attention.normalization, name))[untouched], np.array(getattr(before, name))[untouched]
        )


def test_contrast_matches_its_equation():
    rng = np.random.default_rng(0)
    features, memory = rng.normal(size=(9, 4)).astype("float32"), rng.normal(size=(3, 5, 4)).astype("float32")
    labels = np.array([0, 0, 0, 1, 1, 0, 255, 2, 1])
    scores, memory_scores = rng.uniform(0.1, 1, 9).astype("float32"), rng.uniform(0.1, 1, (3, 5)).astype("float32")
    memory_scores[0, 3:] = 0
    memory_scores[2] = 0  # no memory: the class is skipped
    total = 0.0
    for c in (0, 1):
        own, kept = np.flatnonzero(labels == c), np.flatnonzero(memory_scores[c])
        for i in own:
            for j in kept:
                w = len(own) * scores[i] / scores[own].sum()
                v = len(kept) * memory_scores[c, j] / memory_scores[c, kept].sum()
                f, m = features[i], memory[c, j]
                cosine = f @ m / np.linalg.norm(f) / np.linalg.norm(m)
                total += w * v * (1 - cosine) / len(own) / len(kept)
    loss = contrastive.memory_contrast(features, contrastive.class_members(labels, 3), scores, memory, memory_scores)
    assert float(loss) == pytest.approx(total / 3, rel=1e-5)


@pytest.fixture(scope="module")
def losses_case():
    arrays, meta = load_vectors("semiseg_losses")
    arrays["in_labels"] = np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])
    return arrays, meta


@pytest.mark.parametrize("name,loss", [
    ("entropy_masked", lambda logits, a: contrastive.released_masked_entropy(logits, a["in_labels"] != 255)),
    ("pixelwise_ce", lambda logits, a: cross_entropy(
        a["in_labels"], logits, a["in_class_weight"], a["in_pixel_weight"])),
    ("supervised_ce", lambda logits, a: cross_entropy(a["in_labels"], logits, a["in_class_weight"])),
])  # fmt: skip
def test_released_losses(losses_case, name, loss):
    arrays, meta = losses_case
    logits = tf.Variable(arrays["in_logits"])
    with tf.GradientTape() as tape:
        value = loss(logits, arrays)
    assert_matches(value, arrays, meta, f"out_{name}")
    assert_matches(tape.gradient(value, logits), arrays, meta, f"grad_{name}")


def test_released_entropy_of_one_image(losses_case):
    arrays, meta = losses_case
    for loss in (contrastive.masked_entropy, contrastive.released_masked_entropy):
        value = loss(arrays["in_logits"][:1], arrays["in_labels"][:1] != 255)
        assert_matches(value, arrays, meta, "out_entropy_masked_batch1")


def test_released_ramp(losses_case):
    arrays, meta = losses_case
    length, steps = numbers_after(meta, "(1-it/")[0], numbers_after(meta, "it = ", count=7)
    assert_matches(contrastive.ramp_up(np.array(steps) / length), arrays, meta, "out_ramp_up")


def test_ramp_matches_its_table():
    values = contrastive.ramp_up(np.array([0, 500, 1000, 2000, 9000]) / 2000)
    np.testing.assert_allclose(values, [0.0067379, 0.0600547, 0.2865048, 1, 1], rtol=1e-5)
