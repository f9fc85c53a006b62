"""What a teacher says of images."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.methods.common.teaching import belief
from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.ops.resize import half_pixel
from tests.toy import toy_batch
from tests.toy import toy_segmenter


def test_the_teacher_normalises_with_its_batch_and_is_resized_as_asked():
    segmenter, image = toy_segmenter(), toy_batch()["target"]["image"]
    outputs, label, confidence = teacher_outputs(slow_copy(segmenter), image, half_pixel)
    logits = segmenter(image.astype("float32"), training=True)["logits"]
    np.testing.assert_allclose(outputs["logits"], logits, atol=1e-6)
    probabilities = np.array(tf.nn.softmax(half_pixel(logits, image)))
    np.testing.assert_array_equal(label, probabilities.argmax(-1))
    np.testing.assert_allclose(confidence, probabilities.max(-1), atol=1e-6)
    assert label.dtype == tf.int32


def test_probabilities_are_averaged_over_mirror_images():
    segmenter, image = toy_segmenter(), toy_batch()["target"]["image"]
    _, label, confidence = teacher_outputs(slow_copy(segmenter), image, half_pixel, flip=True)
    own, mirrored = (
        np.array(tf.nn.softmax(half_pixel(segmenter(one.astype("float32"), training=True)["logits"], one)))
        for one in (image, image[:, :, ::-1])
    )
    mean = (own + mirrored[:, :, ::-1]) / 2
    np.testing.assert_allclose(confidence, mean.max(-1), atol=1e-6)
    np.testing.assert_array_equal(label, mean.argmax(-1))
    assert not np.allclose(confidence, own.max(-1), atol=1e-3)


@pytest.mark.parametrize(
    ("warm_up", "expected"),
    [
        ((0.0, 0.0), [1, 1, 1, 1, 1]),
        ((0.25, 0.75), [0, 0, 0.5, 1, 1]),
        ((0.5, 0.5), [0, 0, 1, 1, 1]),
        ((0.0, 1.0), [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_belief_grows_evenly_between_its_two_shares(warm_up, expected):
    assert [float(belief(share, warm_up)) for share in (0, 0.25, 0.5, 0.75, 1)] == expected
