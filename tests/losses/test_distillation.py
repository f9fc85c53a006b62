"""Distillation in both forms, and the structure loss of ProDA."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.rand_augment import in_boxes
from keras_uda.losses import distillation
from keras_uda.losses.prototypes import prototype_distances
from keras_uda.ops.warp import inside
from keras_uda.ops.warp import mirror
from keras_uda.ops.warp import nearest
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after


@pytest.fixture(scope="module")
def case():
    arrays, meta = load_vectors("proda_losses")
    arrays["in_labels"] = np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])
    return arrays, meta


def test_released_distillation(case):
    arrays, meta = case
    logits = tf.Variable(arrays["in_logits"])
    with tf.GradientTape() as tape:
        value = distillation.released_distillation(arrays["in_teacher_logits"], logits)
    assert_matches(value, arrays, meta, "out_distillation")
    assert_matches(tape.gradient(value, logits), arrays, meta, "grad_distillation_logits")
    divergence = distillation.distillation(arrays["in_teacher_logits"], logits) / logits.shape[-1]
    assert_matches(divergence, arrays, meta, "out_kl_log_softmax")


def test_released_structure_loss():
    arrays, meta = load_vectors("proda_consistency")
    teacher = prototype_distances(arrays["in_teacher_feat"], arrays["in_prototypes"])
    size = tuple(teacher.shape[1:3])
    flipped = [int(n) for n in numbers_after(meta, "images ", count=2)]
    view = mirror(np.isin(np.arange(len(teacher)), flipped))
    boxes = np.stack([numbers_after(meta, f"{edge}=(", count=4) for edge in ("x0", "y0", "x1", "y1")], -1)
    valid = inside(view, size, teacher) & ~in_boxes(boxes.astype("int32"), size, (4 * size[0], 4 * size[1]))
    moved = nearest(teacher, view, size)
    everywhere = np.broadcast_to(np.asarray(valid)[..., None], teacher.shape).astype("int32")
    assert_matches(everywhere, arrays, meta, "out_mask")
    assert_matches(np.where(everywhere, moved, 250), arrays, meta, "out_strong_teacher_distance")
    for sharpness in (1, 2):
        student = tf.Variable(arrays["in_student_feat"])
        with tf.GradientTape() as tape:
            distances = prototype_distances(student, arrays["in_prototypes"])
            loss = distillation.assignment_divergence(moved, distances, valid, float(sharpness))
        assert_matches(loss, arrays, meta, f"out_consistency_tau{sharpness}")
        assert_matches(tape.gradient(loss, student), arrays, meta, f"grad_consistency_student_tau{sharpness}")


def test_structure_loss_matches_its_equation():
    rng = np.random.default_rng(0)
    teacher, student = rng.uniform(size=(2, 1, 2, 3, 4))
    valid = np.array([[[True, False, True], [False, True, True]]])
    total = 0.0
    for h, w in np.argwhere(valid[0]):
        t, s = np.exp(-2 * teacher[0, h, w]), np.exp(-2 * student[0, h, w])
        t, s = t / t.sum(), s / s.sum()
        total += np.sum(t * (np.log(t) - np.log(s)))
    loss = distillation.assignment_divergence(teacher, student, valid, 2.0)
    assert float(loss) == pytest.approx(total / (4 * 4), rel=1e-5)
    assert float(distillation.assignment_divergence(teacher, student, np.zeros_like(valid))) == 0
