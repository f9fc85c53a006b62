"""What a teacher says of images."""

import numpy as np
import tensorflow as tf

from keras_uda.layers.mean_teacher import slow_copy
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
