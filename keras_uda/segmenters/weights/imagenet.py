"""ImageNet weights of `keras.applications` (trained in Caffe, BGR) for our ResNet-101 and VGG-16."""

import re
from collections.abc import Callable
from typing import NamedTuple

import keras

from keras_uda.core.errors import ServerError
from keras_uda.segmenters.blocks import BatchNorm

PLACE = "https://storage.googleapis.com/tensorflow/keras-applications"
KERAS_EPSILON, OUR_EPSILON = 1.001e-5, 1e-5


class File(NamedTuple):
    """A file that is fetched at run time, with the hash that Keras publishes for it.

    Args:
        address: where it is.
        md5: of its content, in hexadecimal; no SHA-256 of these files is published.
        include_top: whether it holds the dense layers too.
    """

    address: str
    md5: str
    include_top: bool = False


RESNET101 = File(
    f"{PLACE}/resnet/resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5", "88cf7a10940856eca736dc7b7e228a21"
)
VGG16 = File(f"{PLACE}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "6d6bbae143d832006294945121d1f1fc")
VGG16_DENSE = File(
    f"{PLACE}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5", "64373286793e3c8b2b4e3219cbf3544b", include_top=True
)


def load_resnet101(model: keras.Model) -> None:
    """Sets the backbone of a DeepLab-v2 ResNet-101 to Keras' ImageNet weights, downloaded once to Keras' cache.

    Raises:
        ServerError: they are not in the cache and cannot be fetched.
    """
    copy_resnet101(model, _fetch(keras.applications.ResNet101, RESNET101))


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
    copy_vgg16(model, _fetch(keras.applications.VGG16, VGG16))


def load_vgg16_dense(model: keras.Model) -> None:
    """As `load_vgg16`, and the two hidden dense layers become the convolutions fc6 (7x7) and fc7 (1x1)."""
    source = _fetch(keras.applications.VGG16, VGG16_DENSE)
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


def _fetch(application: Callable, file: File) -> keras.Model:
    """The network of `keras.applications` with the weights of a file, which is fetched again if it is not whole."""
    try:
        path = keras.utils.get_file(
            file.address.rpartition("/")[2],
            file.address,
            cache_subdir="models",  # where `keras.applications` looks for it
            file_hash=file.md5,
            hash_algorithm="md5",
        )
        return application(include_top=file.include_top, weights=path)
    except Exception as error:  # Keras raises a bare Exception when a download fails, ValueError for another hash
        what = f"Keras' ImageNet weights could not be fetched ({error})"
        remedy = "Connect once, or set --segmenter.weights none or to a folder that `import-weights` wrote"
        raise ServerError(application.__name__, what, remedy) from error
