"""FCN-8s: numbers of parameters, sizes, deconvolutions that interpolate."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.segmenters.fcn8s_vgg16 import bilinear_kernel
from keras_uda.segmenters.fcn8s_vgg16 import fcn8s_vgg16
from tests.segmenters.counting import VGG16_CONVOLUTIONS
from tests.segmenters.counting import count


@pytest.mark.slow
def test_fcn8s_has_the_published_numbers():
    classes = 19
    model = fcn8s_vgg16(classes, weights="none")
    dense = (49 * 512 * 4096 + 4096) + (4096 * 4096 + 4096)
    scores = sum(channels * classes + classes for channels in (4096, 512, 256))
    assert count(model.trainable_variables) == VGG16_CONVOLUTIONS + dense + scores
    assert count(model.weights) - count(model.trainable_variables) == (4 * 4 * 2 + 16 * 16) * classes**2
    shapes = model.compute_output_shape((1, 320, 640, 3))
    assert shapes["logits"] == (1, 320, 640, classes)
    # ceil(518 / 32) - 6 rows of fc7, as the padding of 100 makes them
    assert shapes["features"] == (1, 11, 21, 4096)
    assert (shapes["skips"]["pool4"][1:], shapes["skips"]["pool3"][1:]) == ((33, 53, 512), (65, 105, 256))


def test_bilinear_deconvolution_keeps_a_plane_and_channels_apart():
    kernel = bilinear_kernel(4, 2)
    plane = np.fromfunction(lambda n, h, w, c: (h + 10 * w) * (c == 0), (1, 5, 6, 2), dtype="float32")
    out = tf.nn.conv2d_transpose(plane, tf.transpose(kernel, (0, 1, 3, 2)), (1, 12, 14, 2), 2, "VALID").numpy()
    inner = out[0, 3:-3, 3:-3]
    np.testing.assert_allclose(np.diff(inner[..., 0], axis=0), 0.5)
    np.testing.assert_allclose(np.diff(inner[..., 0], axis=1), 5.0)
    assert not inner[..., 1].any()


@pytest.mark.slow
def test_fcn8s_logits_have_the_size_of_the_image():
    model = fcn8s_vgg16(3, weights="none")
    outputs = model(np.zeros((1, 40, 72, 3), "float32"))
    assert outputs["logits"].shape == (1, 40, 72, 3)
