"""The heads that pixel contrast adds."""

import numpy as np

from keras_uda.layers.contrast_heads import ContrastHeads
from keras_uda.layers.contrast_heads import PixelHead
from keras_uda.layers.mean_teacher import slow_copy


def test_a_head_matches_its_equation():
    vectors = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    valid = np.array([1, 1, 0, 1, 1, 1], "float32")[:, None]
    head = PixelHead(5, 3)
    (first, offset), (second, bias) = head.first.get_weights(), head.second.get_weights()
    hidden = vectors @ first + offset
    counted = hidden[valid[:, 0] == 1]
    normal = (hidden - counted.mean(0)) / np.sqrt(counted.var(0) + 1e-5)
    expected = np.maximum(normal, 0) @ second + bias
    outputs = np.array(head(vectors, valid, training=True))
    np.testing.assert_allclose(outputs[valid[:, 0] == 1], expected[valid[:, 0] == 1], rtol=1e-4, atol=1e-5)


def test_a_copy_of_all_heads_has_the_same_weights_and_none_to_train():
    heads = ContrastHeads(4, 5, 3)
    copy = slow_copy(heads)
    assert len(copy.weights) == len(heads.weights) > 0 and not copy.trainable_variables
    for one, other in zip(copy.weights, heads.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert heads.projection.inputs == 5 and heads.prediction.inputs == 3  # predictions are of projections
