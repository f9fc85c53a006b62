"""ImageNet weights of `keras.applications` (trained in Caffe, BGR) for our ResNet-101 and VGG-16."""

import re
from collections.abc import Callable

import keras

from keras_uda.core.errors import ServerError
from keras_uda.segmenters.blocks import BatchNorm

KERAS_EPSILON, OUR_EPSILON = 1.001e-5, 1e-5


def load_resnet101(model: keras.Model) -> None:
    """Sets the backbone of a DeepLab-v2 ResNet-101 to Keras' ImageNet weights, downloaded once to Keras' cache.

    Raises:
        ServerError: they are not in the cache and cannot be fetched.
    """
    copy_resnet101(model, _fetch(keras.applications.ResNet101))


def copy_resnet101(model: keras.Model, source: keras.Model) -> None:
    """Copies `keras.applications.ResNet101` layer by layer; both have the stride on the first 1x1 convolution.

    Keras' convolutions have a bias; before a batch norm it only moves the mean:

        BN(x + b; mean, var) = BN(x; mean - b, var)
    """
    for layer in model.layers:
        if isinstance(layer, BatchNorm):
            conv, norm = (source.get_layer(name) for name in _resnet_names(layer.name))
            gamma, beta, mean, variance = norm.get_weights()
            layer.set_weights([gamma, beta, mean - conv.get_weights()[1], variance + (KERAS_EPSILON - OUR_EPSILON)])
            layer_before = model.get_layer(_convolution_of(layer.name))
            layer_before.set_weights([conv.get_weights()[0]])


def copy_vgg16(model: keras.Model, source: keras.Model) -> None:
    """Copies the 13 convolutions of `keras.applications.VGG16`, in order, to the first 13 convolutions of `model`."""
    ours = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)][:13]
    theirs = [layer for layer in source.layers if isinstance(layer, keras.layers.Conv2D)]
    for layer, other in zip(ours, theirs, strict=True):
        layer.set_weights(other.get_weights())


def load_vgg16(model: keras.Model) -> None:
    """Sets the 13 convolutions to Keras' ImageNet weights; errors as `load_resnet101`."""
    copy_vgg16(model, _fetch(keras.applications.VGG16))


def load_vgg16_dense(model: keras.Model) -> None:
    """As `load_vgg16`, and the two hidden dense layers become the convolutions fc6 (7x7) and fc7 (1x1)."""
    source = _fetch(keras.applications.VGG16, include_top=True)
    copy_vgg16(model, source)
    for ours, theirs in (("fc6", "fc1"), ("fc7", "fc2")):
        kernel, bias = source.get_layer(theirs).get_weights()
        layer = model.get_layer(ours)
        layer.set_weights([kernel.reshape(layer.kernel.shape), bias])


def _convolution_of(norm: str) -> str:
    """`layer1.0.bn2` -> `layer1.0.conv2`, `layer1.0.downsample.1` -> `layer1.0.downsample.0`."""
    return norm.replace("downsample.1", "downsample.0").replace("bn", "conv")


def _resnet_names(norm: str) -> tuple[str, str]:
    """Our name of a batch norm -> Keras' names of its convolution and of itself."""
    match = re.fullmatch(r"layer(\d)\.(\d+)\.(?:bn(\d)|downsample\.1)", norm)
    if not match:
        return "conv1_conv", "conv1_bn"
    stage, block, number = int(match[1]) + 1, int(match[2]) + 1, match[3] or 0
    return f"conv{stage}_block{block}_{number}_conv", f"conv{stage}_block{block}_{number}_bn"


def _fetch(application: Callable, include_top: bool = False) -> keras.Model:
    name = application.__name__
    try:
        return application(include_top=include_top, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception when a download fails
        what = f"Keras' ImageNet weights could not be fetched ({error})"
        remedy = "Connect once, or set --segmenter.weights none or to a folder that `import-weights` wrote"
        raise ServerError(name, what, remedy) from error
