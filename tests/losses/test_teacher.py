"""What a student loses: both terms in slow numpy, thresholds by class, and logits of any size and type.

There are no values of a released code to compare with.
"""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses.distillation import distillation
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.teacher import confident_labels
from keras_uda.losses.teacher import softened_distillation


def some_logits(seed=0, shape=(2, 5, 6, 4), spread=2.0):
    teacher, student = np.random.default_rng(seed).normal(0, spread, (2, *shape)).astype("float32")
    return teacher, student


def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_divergence_matches_its_equation(temperature):
    teacher, student = some_logits()
    total = 0.0
    for place in np.ndindex(teacher.shape[:3]):
        p, q = softmax(teacher[place] / temperature), softmax(student[place] / temperature)
        total += np.sum(p * np.log(p / q))
    expected = temperature**2 * total / np.prod(teacher.shape[:3])
    assert float(softened_distillation(teacher, student, temperature)) == pytest.approx(expected, rel=1e-4)


def test_without_a_temperature_it_is_the_plain_divergence():
    teacher, student = some_logits()
    assert float(softened_distillation(teacher, student, 1.0)) == float(distillation(teacher, student))


def test_the_gradient_keeps_its_size_at_a_high_temperature():
    """T^2 undoes what the two divisions by T take; in the limit it is (student - teacher) / C per pixel, centred."""
    teacher, student = some_logits(shape=(1, 1, 1, 4))
    variable = tf.Variable(student)
    with tf.GradientTape() as tape:
        loss = softened_distillation(teacher, variable, 1e3)
    apart = (student - student.mean()) - (teacher - teacher.mean())
    np.testing.assert_allclose(tape.gradient(loss, variable), apart / 4, atol=5e-3)


def slow_labels(teacher, thresholds, surest):
    found = np.full(teacher.shape[:3], 255)
    confidence, label = np.empty(found.shape), np.empty(found.shape, int)
    for place in np.ndindex(found.shape):
        p = softmax(teacher[place])
        confidence[place], label[place] = p.max(), p.argmax()
    for one in range(teacher.shape[-1]):
        of_class = label == one
        taken = of_class & (confidence >= thresholds[one])
        if surest is not None and of_class.any():
            bins = np.minimum(np.floor(confidence * 1000), 999)
            ordered = np.sort(bins[of_class])[::-1]
            taken |= of_class & (bins >= ordered[int(np.ceil(surest * of_class.sum())) - 1])
        found[taken] = one
    return found


@pytest.mark.parametrize("surest", [None, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("thresholds", [(0.7,) * 4, (0.5, 0.99, 0.0, 1.0)])
def test_labels_go_by_the_thresholds_of_their_classes(thresholds, surest):
    teacher, _ = some_logits(1, (3, 9, 11, 4))
    found = np.asarray(confident_labels(teacher, thresholds, surest))
    np.testing.assert_array_equal(found, slow_labels(teacher, thresholds, surest))
    assert found.dtype == "int32" and 255 in found or surest == 1.0


def test_no_gradient_goes_to_the_teacher():
    teacher, student = (tf.Variable(one) for one in some_logits())
    with tf.GradientTape() as tape:
        labels = confident_labels(teacher, (0.3,) * 4)
        loss = cross_entropy(labels, student) + softened_distillation(teacher, student, 2.0)
    to_teacher, to_student = tape.gradient(loss, [teacher, student])
    assert to_teacher is None and np.abs(to_student).max() > 0


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "float16"])
def test_large_logits_are_finite_in_every_type(kind):
    rng = np.random.default_rng(2)
    teacher, student = (tf.cast(rng.choice([-1e4, 0.0, 1e4], (1, 4, 5, 3)), kind) for _ in range(2))
    variable = tf.Variable(student)
    with tf.GradientTape() as tape:
        loss = cross_entropy(confident_labels(teacher, (0.9,) * 3, 0.5), variable)
        loss += softened_distillation(teacher, variable, 2.0)
    assert np.isfinite(float(loss)) and np.isfinite(tf.cast(tape.gradient(loss, variable), "float32")).all()
