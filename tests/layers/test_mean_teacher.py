"""Teachers: the released weights over the steps, what follows and what does not, copies that run in training mode."""

import keras
import numpy as np
import pytest

from keras_uda.layers.contrast_heads import ContrastHeads
from keras_uda.layers.mean_teacher import cosine_decay
from keras_uda.layers.mean_teacher import follow
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.layers.mean_teacher import warm_up_decay
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.toy import toy_segmenter


def test_released_steps():
    arrays, meta = load_vectors("dacs_classmix")
    student = keras.layers.Dense(arrays["in_w_student"].shape[1], use_bias=False)
    student.build((None, arrays["in_w_student"].shape[0]))
    teachers, decays = [], []
    for step in arrays["out_ema_steps"]:
        student.kernel.assign(arrays["in_w_teacher"])
        teacher = slow_copy_of_dense(student)
        student.kernel.assign(arrays["in_w_student"])
        decays.append(float(warm_up_decay(0.99, step)))
        follow(teacher, student, decays[-1], finite=True, statistics=False)
        teachers.append(np.array(teacher.kernel))
    assert_matches(np.array(decays), arrays, meta, "out_ema_alpha")
    assert_matches(np.array(teachers), arrays, meta, "out_ema_weights")


def slow_copy_of_dense(layer):
    copy = keras.layers.Dense(layer.units, use_bias=False)
    copy.build((None, layer.kernel.shape[0]))
    copy.kernel.assign(layer.kernel)
    return copy


def test_decays_match_their_tables():
    np.testing.assert_allclose([warm_up_decay(0.99, t) for t in (0, 1, 10, 1000)], [0, 0.5, 0.9090909, 0.99], rtol=1e-6)
    np.testing.assert_allclose([warm_up_decay(0.999, 1000)], [0.999], rtol=1e-6)
    np.testing.assert_allclose([cosine_decay(p, 0.996) for p in (0, 0.5, 1, 2)], [0.996, 0.998, 1, 1], rtol=1e-6)


@pytest.mark.parametrize("statistics", [True, False])
def test_a_teacher_follows_and_keeps_its_own_statistics_if_told(statistics):
    student = toy_segmenter()
    teacher = slow_copy(student)
    before = [np.array(weight) for weight in teacher.weights]
    for weight, own in zip(teacher.weights, student.weights, strict=True):
        np.testing.assert_array_equal(weight, own)
        own.assign(own + 1)
    follow(teacher, student, 0.9, finite=False, statistics=statistics)
    assert all(np.array_equal(weight, old) for weight, old in zip(teacher.weights, before, strict=True))
    follow(teacher, student, 0.9, finite=True, statistics=statistics)
    trained = {id(weight) for weight in student.trainable_weights}
    for slow, fast, old in zip(teacher.weights, student.weights, before, strict=True):
        moved = 0.1 if id(fast) in trained else float(statistics)
        np.testing.assert_allclose(slow, old + moved, atol=1e-6)


def test_a_copy_is_trained_by_nobody_and_normalises_with_its_batch():
    student = toy_segmenter()
    teacher = slow_copy(student)
    assert not teacher.trainable_variables and student.trainable_variables
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 40, 3)).astype("float32")
    own = teacher(images, training=True)["logits"]
    np.testing.assert_allclose(own, student(images, training=True)["logits"], atol=1e-5)
    assert np.abs(own - teacher(images, training=False)["logits"]).max() > 1e-3


def test_heads_are_copied_too():
    heads = ContrastHeads(3, 5, 4)
    copy = slow_copy(heads)
    assert len(copy.weights) == len(heads.weights) and not copy.trainable_variables
    for slow, fast in zip(copy.weights, heads.weights, strict=True):
        np.testing.assert_array_equal(slow, fast)
