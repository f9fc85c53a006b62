"""Pixel contrast and its companions: the released values, and the equations."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.class_attention import ClassAttention
from keras_uda.layers.class_attention import times_class_matrix
from keras_uda.layers.class_balance import ClassBalance
from keras_uda.layers.memory_bank import MemoryBank
from keras_uda.layers.memory_bank import features_per_image
from keras_uda.losses import contrastive
from keras_uda.losses.segmentation import cross_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after

WEIGHTS = {"w1": "kernel", "b1": "bias", "w2": "score", "b2": "offset"}
NORMS = {"gamma": "gamma", "beta": "beta", "moving_mean": "moving_mean", "moving_var": "moving_variance"}


def attention_of(arrays, prefix: str) -> ClassAttention:
    """The attention with the released weights of `<prefix><class>`."""
    classes = len([key for key in arrays if key.startswith(f"param_{prefix}") and key.endswith("_w1") and
                   key[len(f"param_{prefix}")].isdigit()])  # fmt: skip
    channels, width = arrays[f"param_{prefix}0_w1"].shape
    layer = ClassAttention(classes, channels, width)
    for index, (layer_of, names) in ((i, pair) for i in range(classes)
                                     for pair in ((layer, WEIGHTS), (layer.normalization, NORMS))):  # fmt: skip
        for stored, name in names.items():
            variable = getattr(layer_of, name)
            value = np.array(variable)
            value[index] = arrays[f"param_{prefix}{index}_{stored}"].reshape(value[index].shape)
            variable.assign(value)
    return layer


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


def test_every_vector_meets_the_matrix_of_its_class():
    rng = np.random.default_rng(0)
    vectors, kernels = rng.normal(size=(23, 3)).astype("float32"), rng.normal(size=(4, 3, 2)).astype("float32")
    labels = rng.choice([0, 1, 3, 255], 23)
    products = np.asarray(times_class_matrix(vectors, contrastive.class_members(labels, 4), kernels, block=4))
    for row in np.flatnonzero(labels != 255):
        np.testing.assert_allclose(products[row], vectors[row] @ kernels[labels[row]], rtol=1e-5, atol=1e-6)


def test_released_memory():
    arrays, meta = load_vectors("semiseg_feature_memory")
    attention = attention_of(arrays, "sel")
    size = int(numbers_after(meta, "input order memory_per_class ")[0])
    batch = int(numbers_after(meta, "batch_size ")[0])
    bank = MemoryBank(attention.classes, arrays["in_features_0"].shape[-1], size)
    for step in range(3):
        features = arrays[f"in_features_{step}"]
        members = contrastive.class_members(arrays[f"in_labels_{step}"], attention.classes)
        scores = attention(features, members, training=False)
        if step == 0:
            own = np.eye(attention.classes, dtype="float32")[np.zeros(len(features), int)]
            assert_matches(attention(features, own, training=False), arrays, meta, "out_scores_0_selector0")
        per_image = features_per_image(size, int(numbers_after(meta, "num_samples ")[0]))
        assert_matches(per_image, arrays, meta, "out_per_class_samples_per_image")
        most = batch * per_image
        # The released code keeps the lowest.
        bank.store(bank.push(features, np.asarray(members) > 0, -scores, most=most))
        for index in range(attention.classes):
            assert_matches(bank.filled[index], arrays, meta, f"out_memory_{step}_class{index}_size")
            assert_matches(bank.vectors[index], arrays, meta, f"out_memory_{step}_class{index}")


def test_released_shares_of_an_image():
    arrays, meta = load_vectors("semiseg_feature_memory")
    size = int(numbers_after(meta, "voc,21) with memory_per_class ")[0])
    images = [int(n) for n in numbers_after(meta, "(num_samples,dataset,classes) = (", count=8)[::2]]
    shares = [features_per_image(size, number) for number in images]  # the first ones are of Cityscapes
    assert shares == arrays["out_samples_per_image_table"][: len(shares)].tolist()


def test_memory_keeps_the_best_and_the_newest():
    bank = MemoryBank(classes=2, channels=1, size=5)
    features = np.arange(6, dtype="float32")[:, None]
    members = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 0], [1, 0]], bool)
    scores = np.array([0.1, 0.9, 0.5, 0.3, 0.99, 0.7], "float32")
    bank.store(bank.push(features, members, scores, most=2))
    assert np.array(bank.vectors)[..., 0].tolist() == [[1, 5, 0, 0, 0], [3, 0, 0, 0, 0]]
    bank.store(bank.push(10 + features, members, scores, most=10))  # few enough: in their order
    assert np.array(bank.vectors)[..., 0].tolist() == [[10, 11, 12, 15, 1], [13, 3, 0, 0, 0]]
    assert np.array(bank.filled).tolist() == [5, 2]
    before = np.array(bank.vectors)
    bank.store(bank.push(100 + features, members, scores, most=2, when=False))
    bank.store(bank.push(np.nan * features, members, scores, most=2), when=False)
    bank.store(bank.push(100 + features, np.zeros_like(members), scores, most=2))
    np.testing.assert_array_equal(bank.vectors, before)


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


def test_released_class_balance(losses_case):
    arrays, meta = losses_case
    labels = arrays["in_freq_labels"]
    full = int(numbers_after(meta, "1 until ")[0])
    balance = ClassBalance(arrays["in_logits"].shape[-1], full - 1, full)
    weights = []
    for step in range(len(labels)):
        balance.update(labels[step], labels[(step + 1) % len(labels)])
        weights.append(np.asarray(balance.current_weights()))
    assert_matches(np.array(weights), arrays, meta, "out_class_balance_weights")
    only = balance.weights_of(np.array(balance.labelled).sum(0))
    assert_matches(only, arrays, meta, "out_class_balance_weights_only_labeled")


def test_class_balance_without_most_classes_is_finite():
    balance = ClassBalance(5, 1, 1)
    balance.update(np.zeros((1, 2, 2), int), np.full((1, 2, 2), 255))
    np.testing.assert_array_equal(balance.current_weights(), np.ones(5))
