"""Counterweights to rare classes, against numpy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.losses import rare_classes

SHARES = (0.6, 0.3, 0.1, 0.0)


@pytest.mark.parametrize("exponent", [0.0, 0.25, 0.5, 1.0])
def test_weights_grow_with_rarity_and_have_a_mean_of_one(exponent):
    weights = rare_classes.balancing_weights(SHARES, exponent)
    assert np.dot(weights, SHARES) == pytest.approx(1.0, rel=1e-6)
    assert weights[1] / weights[0] == pytest.approx(2.0**exponent, rel=1e-5)
    assert (np.diff(weights[:3]) >= 0).all() and weights[3] == 1  # what no image shows has no counterweight


def test_a_loss_of_adjusted_logits_is_least_at_balanced_ones():
    shares = np.array([0.7, 0.2, 0.1])
    # Two inputs that every class gives alike: the loss is least where softmax(A + log f) are the shares, at A = 0.
    logits = tf.Variable(np.zeros((1, 3), "float32"))
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(shares * tf.nn.log_softmax(rare_classes.adjusted_logits(logits, shares, 1.0)))
    np.testing.assert_allclose(tape.gradient(loss, logits), 0, atol=1e-6)
    np.testing.assert_allclose(rare_classes.adjusted_logits(logits, shares, 0.5)[0], 0.5 * np.log(shares), rtol=1e-6)
    absent = rare_classes.adjusted_logits(logits[:, :2] + 1e4, (0.5, 0.0), 1.0)[0]
    np.testing.assert_allclose(absent, [1e4 + np.log(0.5), 1e4], rtol=1e-6)  # never seen: nothing to make up for


def test_the_surest_of_each_class_are_taken():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, (2, 20, 30)).astype("int32")  # class 3 has no pixel
    confidence = rng.random(label.shape).astype("float32") * np.array([1.0, 0.5, 0.2])[label]
    sure = np.array(rare_classes.surest_of_each_class(confidence.astype("float32"), label, 4, 0.6))
    for c in range(3):
        of_class, taken = confidence[label == c], sure[label == c]
        assert 0.6 <= taken.mean() < 0.62
        assert of_class[taken].min() >= of_class[~taken].max() - 1 / rare_classes.BINS
    assert np.array(rare_classes.surest_of_each_class(confidence, label, 4, 1.0)).all()
    same = np.array(rare_classes.surest_of_each_class(np.ones_like(confidence), label, 4, 0.1))
    assert same.all()  # equals are not told apart
