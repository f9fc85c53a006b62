"""DAFormer: what it changes of DACS, and a whole iteration against slow numpy (no released one is at hand)."""

import re

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment import block_mask
from keras_uda.augment import class_mix
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import without_dropout
from keras_uda.methods.add_ons.masked_consistency import MaskedConsistency
from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.methods.daformer import DAFormer
from keras_uda.ops.resize import half_pixel
from keras_uda.segmenters.segformer import segformer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.iterations import run
from tests.mixing import replay
from tests.published import published_segmenter
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import toy_batch
from tests.toy import toy_method


def test_released_mixing_with_margins_and_classes_of_the_batch(monkeypatch):
    arrays, meta = load_vectors("daformer_rcs_mix")
    labels, confidence = arrays["in_labels"], arrays["in_teacher_prob"]
    height = labels.shape[1]
    confidence_bound = float(re.search(r"confidence >= ([\d.]+),", meta["formulas"]["pixel weight"])[1])
    method = toy_method("daformer", arguments={"batch_classes": True, "confidence": confidence_bound})
    method.classes = int(arrays["out_rcs_classes_T1"].max()) + 1
    rows = re.search(r"first (\d+) and last (\d+) rows", meta["formulas"]["pixel weight"])
    method.margins = tuple(int(number) / height for number in rows.groups())
    drawn = np.where(arrays["out_chosen_classes"] == 255, method.classes, arrays["out_chosen_classes"])
    drawn = (drawn[..., None] == np.arange(method.classes + 1)).any(1)

    def stored_draw(present, counts, seed):
        np.testing.assert_array_equal(counts, drawn.sum(1))
        assert (drawn <= np.array(present)).all()
        return tf.constant(drawn)

    monkeypatch.setattr(class_mix, "draw_classes", stored_draw)
    mask = method.draw_mask(tf.constant(labels))
    assert_matches(np.array(mask).astype("int32"), arrays, meta, "out_masks")
    assert_matches(class_mix.mix(mask, arrays["in_source"], arrays["in_target"]), arrays, meta, "out_mixed_image")
    assert_matches(class_mix.mix(mask, labels, arrays["in_pseudo"]), arrays, meta, "out_mixed_labels")
    weight = method.pixel_weights(tf.constant(arrays["in_pseudo"]), tf.constant(confidence))
    assert_matches(tf.where(mask, 1.0, weight), arrays, meta, "out_pixel_weight")


def pixel_losses(label, logits):
    logits = np.asarray(logits, "float64")
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    losses = np.zeros(label.shape)
    for place in np.ndindex(label.shape):
        losses[place] = 0.0 if label[place] == 255 else -logs[place][label[place]]
    return losses


def test_an_iteration_by_hand(monkeypatch):
    options = {"strong_chances": (0.0, 0.0), "confidence": 0.3, "margins": (0.1, 0.25), "teacher_decay": 0.9}
    method, batch = toy_method("daformer", arguments=options), toy_batch("daformer")
    seen, mix, student = {}, method.mix, slow_copy(method.segmenter)
    monkeypatch.setattr(method, "mix", lambda *a: seen.setdefault("mixed", mix(*a)))
    before = [np.array(one) for one in method.segmenter.trainable_variables]
    logs = method.train_step(batch)

    _, label, confidence = (
        np.array(one) if i else one
        for i, one in enumerate(teacher_outputs(student, batch["target"]["image"], half_pixel))
    )
    rows = np.arange(HEIGHT)
    inside = (rows >= round(0.1 * HEIGHT)) & (rows < HEIGHT - round(0.25 * HEIGHT))
    weight = (confidence >= 0.3).mean() * inside[None, :, None] * np.ones_like(confidence)
    mixed = seen["mixed"]
    pasted = np.all(np.array(mixed.image) == batch["source"]["image"], axis=-1)
    np.testing.assert_array_equal(np.array(mixed.label)[~pasted], label[~pasted])
    np.testing.assert_allclose(mixed.probability, np.where(pasted, 1.0, weight), rtol=1e-6)
    source_logits = half_pixel(student(batch["source"]["image"].astype("float32"), training=True)["logits"], label)
    mixed_logits = half_pixel(student(mixed.image, training=True)["logits"], label)
    source = pixel_losses(batch["source"]["label"].astype(int), source_logits).mean()
    target = (np.array(mixed.probability) * pixel_losses(np.array(mixed.label), mixed_logits)).mean()
    assert float(logs["segmentation"]) == pytest.approx(source, rel=1e-4)
    assert float(logs["mixed"]) == pytest.approx(target, rel=1e-4)
    trained = [
        slow for slow, fast in zip(method.teacher.weights, method.segmenter.weights, strict=True) if fast.trainable
    ]
    for slow, old, new in zip(trained, before, method.segmenter.trainable_variables, strict=True):
        np.testing.assert_allclose(slow, (old + np.array(new)) / 2, atol=1e-6)  # the mean of the first two students


@pytest.mark.parametrize("margins", [(0.6, 0.6), (1.0, 0.0)])
def test_margins_that_leave_nothing_are_refused(margins):
    with pytest.raises(ValueError, match="margins"):
        toy_method("daformer", arguments={"margins": margins})


def test_classes_are_drawn_from_the_image_unless_as_released():
    label = np.zeros((2, HEIGHT, 40), "int32")
    label[1] = np.arange(40) % CLASSES
    of_image, of_batch = (toy_method("daformer", arguments={"batch_classes": one}) for one in (False, True))
    assert all(np.array(of_image.draw_mask(label))[0].all() for _ in range(8))  # its only class
    pasted = [bool(np.array(of_batch.draw_mask(label))[0].any()) for _ in range(16)]
    assert any(pasted) and not all(pasted)


@pytest.mark.slow
@pytest.mark.ci
def test_the_teacher_keeps_all_channels_and_branches():
    network = segformer(CLASSES, weights="none", size="tiny", head="daformer", dropout=0.5, drop_path=0.5)
    image = tf.constant(toy_batch()["target"]["image"], "float32")
    noisy, calm = slow_copy(network), DAFormer(network).teacher
    assert not np.array_equal(*(np.array(noisy(image, training=True)["logits"]) for _ in range(2)))
    np.testing.assert_array_equal(*(np.array(calm(image, training=True)["logits"]) for _ in range(2)))
    without_dropout(noisy)
    assert network.get_layer("decode_head.dropout").rate == 0.5  # the student still drops


def test_two_released_iterations_with_masked_consistency(monkeypatch):
    arrays, meta = load_vectors("mic_iteration")
    hyper = meta["hyper"]
    height = arrays["in_labels_0"].shape[1]
    method = DAFormer(
        published_segmenter(arrays, levels=1),
        confidence=hyper["threshold"],
        teacher_decay=hyper["ema_alpha"],
        margins=(hyper["ignore_top"] / height, hyper["ignore_bottom"] / height),
        batch_classes=True,
        strong_chances=(0.0, 0.0),
    )
    options = {"weight": hyper["mask_lambda"], "block": hyper["mask_block_size"], "ratio": hyper["mask_ratio"]}
    method.add_ons = (MaskedConsistency(method, colours=False, **options),)

    mixes = replay(monkeypatch, method, arrays, meta, {"out_pseudo_weight": lambda taught: taught.weight})

    def stored_blocks(number, rows, columns, seed):
        numbers = arrays[f"in_mask_random_{len(mixes) - 1}"]
        assert numbers.shape == (number, rows, columns)
        return tf.constant(numbers)

    monkeypatch.setattr(block_mask, "draw_blocks", stored_blocks)
    names = ("segmentation", "mixed", "masked_consistency")
    run(method, arrays, meta, [], lambda reported: [reported[name] for name in names])
    assert len(mixes) == 2
