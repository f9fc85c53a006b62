"""Pixel contrast with a memory: what is remembered, when it counts, and a step by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.methods.contrastive_memory import ContrastiveMemory
from keras_uda.methods.contrastive_memory_semi import SemiSupervisedMemory
from keras_uda.ops.resize import upsample
from keras_uda.training.state import variables_of
from tests.contrast import toy
from tests.toy import toy_batch


def test_a_step_by_hand(monkeypatch):
    method, batch = toy(strong_chances=(0.0, 0.0)), toy_batch()
    seen = {}
    made = method.mix
    monkeypatch.setattr(method, "mix", lambda *a: seen.setdefault("mix", made(*a)))
    student = keras.models.clone_model(method.segmenter)
    student.set_weights(method.segmenter.get_weights())
    logs = {name: float(value) for name, value in method.train_step(batch).items()}

    mixed, source, target = seen["mix"], batch["source"], batch["target"]
    taught = student(target["image"].astype("float32"), training=True)["logits"]
    probability = np.array(tf.nn.softmax(upsample(taught, target["image"]))).max(-1)
    guess = np.array(tf.nn.softmax(upsample(taught, target["image"]))).argmax(-1)
    share = (probability >= 0.968).mean()
    pasted = np.all(np.array(mixed.image) == source["image"], axis=-1)
    np.testing.assert_array_equal(np.array(mixed.image)[~pasted], target["image"][~pasted])
    np.testing.assert_array_equal(np.array(mixed.label)[pasted], source["label"][pasted])
    np.testing.assert_array_equal(np.array(mixed.label)[~pasted], guess[~pasted])
    np.testing.assert_allclose(np.array(mixed.probability), np.where(pasted, 1.0, share), rtol=1e-6)
    for image, label in zip(pasted, source["label"], strict=True):  # half of the classes, whole
        drawn = {int(one) for one in np.unique(label[image])}
        assert len(drawn) == (len(np.unique(label)) + 1) // 2
        assert np.array_equal(image, np.isin(label, list(drawn)))

    np.testing.assert_allclose(logs["confident"], share, atol=1e-6)
    logits = np.array(upsample(student(mixed.image, training=True)["logits"], mixed.image), "float64")
    logs_of = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    losses = np.zeros(mixed.label.shape)
    for place in np.ndindex(losses.shape):
        label = int(mixed.label[place])
        losses[place] = 0 if label == 255 else -logs_of[place][label] * mixed.probability[place]
    assert logs["mixed"] == pytest.approx(losses.mean(), rel=1e-4)


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("kind", [ContrastiveMemory, SemiSupervisedMemory])
def test_memory_and_contrast_begin_late(kind):
    method = toy(kind, memory_start=0.5, contrast_start=0.75, total_steps=4)
    filled, shares = [], []
    for step in range(4):
        shares.append(float(method.pixel_contrast.weight(method.progress(4))))
        method.train_step(toy_batch(seed=step))
        filled.append(int(np.array(method.pixel_contrast.memory.filled).sum()))
    assert filled[:2] == [0, 0] and 0 < filled[2] <= filled[3]
    weight = method.pixel_contrast.options.weight
    assert shares[:3] == [0, 0, 0] and shares[3] == pytest.approx(weight) and weight > 0


def trained_pairs(method) -> list[tuple]:
    """(weight of the teacher, weight of the student) wherever the student trains; teachers have no trainable ones."""
    pairs = ((method.teacher, method.segmenter), (method.pixel_contrast.teacher_heads, method.heads))
    weights = [pair for slow, fast in pairs for pair in zip(slow.weights, fast.weights, strict=True)]
    return [(slow, fast) for slow, fast in weights if fast.trainable]


@pytest.mark.slow
@pytest.mark.ci
def test_the_teacher_is_the_student_after_the_first_step_and_rests_at_the_end():
    method = toy(total_steps=2)
    pairs = trained_pairs(method)
    before = [np.array(slow) for slow, _ in pairs]
    method.train_step(toy_batch())
    for slow, fast in pairs:
        np.testing.assert_array_equal(slow, fast)
    changed = [not np.array_equal(old, slow) for old, (slow, _) in zip(before, pairs, strict=True)]
    assert np.mean(changed) > 0.5  # the student moved: a teacher that stays where it was is not equal to it
    assert float(method.decay()) == pytest.approx(0.5)  # the true mean of two
    method.train_step(toy_batch(seed=1))
    method.train_step(toy_batch(seed=2))
    assert float(toy(total_steps=1, teacher_decay=0.9).decay()) == 0


def test_memory_teacher_and_draws_are_in_the_state():
    for kind in (ContrastiveMemory, SemiSupervisedMemory):
        method = toy(kind)
        saved = {id(variable) for variable in variables_of(method).values()}
        parts = (method.pixel_contrast, method.teacher, method.heads)
        owned = [variable for part in parts for variable in part.variables] + [method.seeds.state]
        owned += method.balance.variables if kind is SemiSupervisedMemory else []
        assert all(id(variable) in saved for variable in owned)
