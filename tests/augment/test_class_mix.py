"""ClassMix across domains: the released values, and what a draw may give."""

import numpy as np
import tensorflow as tf

from keras_uda.augment import class_mix
from keras_uda.losses.segmentation import cross_entropy
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def test_released_mix_and_loss():
    arrays, meta = load_vectors("dacs_classmix")
    labels = np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])
    classes = arrays["in_student_logits"].shape[-1]
    drawn = np.where(arrays["in_chosen_classes"] == 250, classes, arrays["in_chosen_classes"])
    chosen = (drawn[..., None] == np.arange(classes + 1)).any(1)
    present = class_mix.present_classes(labels, classes)
    np.testing.assert_array_equal(class_mix.half_of(present), chosen.sum(1))
    mask = class_mix.class_mask(labels, tf.constant(chosen))
    assert_matches(np.asarray(mask).astype("int32"), arrays, meta, "out_masks")

    probabilities = tf.nn.softmax(arrays["in_teacher_logits"])
    confidence, pseudo = tf.reduce_max(probabilities, -1), tf.argmax(probabilities, -1, output_type="int32")
    assert_matches(confidence, arrays, meta, "out_teacher_confidence")
    assert_matches(pseudo, arrays, meta, "out_teacher_pseudo")
    assert_matches(class_mix.mix(mask, arrays["in_source"], arrays["in_target"]), arrays, meta, "out_mixed_image")
    mixed_labels = np.array(class_mix.mix(mask, labels.astype("int32"), pseudo))
    released = np.where(mixed_labels == 255, 250, mixed_labels)
    assert_matches(released, arrays, meta, "out_mixed_labels")

    share = class_mix.confident_share(confidence, 0.968)
    assert_matches(share, arrays, meta, "out_threshold_uniform_weight")
    weights = {
        "threshold_uniform": tf.fill(tf.shape(confidence), share),
        "threshold": tf.cast(confidence >= 0.968, "float32"),
        "ones": tf.ones_like(confidence),
    }
    for name, of_target in weights.items():
        pixel_weights = class_mix.mix(mask, tf.ones_like(confidence), of_target)
        assert_matches(pixel_weights, arrays, meta, f"out_pixel_weight_{name}")
        logits = tf.Variable(arrays["in_student_logits"])
        with tf.GradientTape() as tape:
            loss = cross_entropy(mixed_labels, logits, pixel_weights=pixel_weights)
        assert_matches(loss, arrays, meta, f"out_unlabeled_loss_{name}")
        assert_matches(tape.gradient(loss, logits), arrays, meta, f"grad_unlabeled_loss_{name}")


def test_half_of_the_classes_are_drawn_without_replacement():
    present = np.zeros((4, 8), bool)
    for row, number in enumerate((1, 2, 3, 7)):
        present[row, :number] = True
    drawn = [
        np.asarray(class_mix.draw_classes(present, class_mix.half_of(present), tf.constant([seed, 0])))
        for seed in range(40)
    ]
    assert all((one <= present).all() for one in drawn)
    assert all(one.sum(1).tolist() == [1, 1, 2, 4] for one in drawn)
    assert (np.mean(drawn, 0)[3, :7] > 0.25).all()  # every class gets its turn
    again = class_mix.draw_classes(present, class_mix.half_of(present), tf.constant([3, 0]))
    np.testing.assert_array_equal(drawn[3], again)


def test_the_mask_follows_the_draw():
    labels = np.array([[[0, 0, 1], [2, 255, 2]]], "uint8")
    mask = class_mix.class_mask(labels, tf.constant([[False, True, True, False]]))
    assert np.asarray(mask).astype(int).tolist() == [[[0, 0, 1], [1, 0, 1]]]
    mask = class_mix.class_mask(labels, tf.constant([[False, False, False, True]]))
    assert np.asarray(mask).astype(int).tolist() == [[[0, 0, 0], [0, 1, 0]]]
