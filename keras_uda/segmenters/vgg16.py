"""What the networks on VGG-16 share: its stages, a convolution with ReLU, the input of Caffe."""

import keras

from keras_uda.segmenters.blocks import CaffeNormalization

# channels of conv1 to conv5, and how many convolutions each has
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def conv_relu(x, filters: int, kernel: int, name: str, **options):
    """Convolution of the same size with bias and ReLU."""
    options = {"padding": "same", "activation": "relu", "kernel_initializer": "he_uniform"} | options
    return keras.layers.Conv2D(filters, kernel, name=name, **options)(x)


def normalized(image):
    """RGB 0..255 -> BGR minus the mean of ImageNet."""
    return CaffeNormalization(dtype="float32", name="normalization")(image)
