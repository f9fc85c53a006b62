"""What the networks on VGG-16 share."""

import keras
import numpy as np

from keras_uda.segmenters.blocks import CAFFE_MEAN
from keras_uda.segmenters.vgg16 import STAGES
from keras_uda.segmenters.vgg16 import conv_relu
from keras_uda.segmenters.vgg16 import normalized


def test_the_stages_are_those_of_vgg16():
    """13 convolutions of 3x3 with bias: 14.7 million parameters, as Keras' own without its dense layers."""
    inputs = [3, *(filters for filters, count in STAGES for _ in range(count))]
    parameters = sum(9 * before * after + after for before, after in zip(inputs, inputs[1:], strict=False))
    assert (len(inputs) - 1, parameters) == (13, 14_714_688)


def test_a_convolution_keeps_the_size_and_has_no_negative_output():
    image = keras.Input((None, None, 3))
    model = keras.Model(image, conv_relu(image, 4, 3, "one", dilation_rate=2))
    output = np.asarray(model(np.random.default_rng(0).normal(size=(1, 9, 7, 3)).astype("float32")))
    assert output.shape == (1, 9, 7, 4) and output.min() == 0 < output.max()
    assert model.get_layer("one").use_bias


def test_images_become_bgr_without_the_mean():
    image = keras.Input((None, None, 3))
    red = np.zeros((1, 1, 1, 3), "float32")
    red[..., 0] = 255
    expected = np.array([0, 0, 255]) - CAFFE_MEAN
    np.testing.assert_allclose(keras.Model(image, normalized(image))(red)[0, 0, 0], expected, rtol=1e-6)
