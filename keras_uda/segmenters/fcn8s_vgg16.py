"""FCN-8s on VGG-16, the network of LSD-seg."""

import keras

from keras_uda.segmenters.blocks import CropLike
from keras_uda.segmenters.network import network
from keras_uda.segmenters.vgg16 import STAGES
from keras_uda.segmenters.vgg16 import conv_relu
from keras_uda.segmenters.vgg16 import normalized
from keras_uda.segmenters.weights.imagenet import load_vgg16_dense

START_LICENCE = "CC BY 4.0 (Visual Geometry Group, Oxford), through keras.applications"


@network(stride=1, dense=True, padding=100, mean_colour=(122.67891434, 116.66876762, 104.00698793))
def fcn8s_vgg16(classes: int, *, weights: str = "imagenet") -> keras.Model:
    """FCN-8s as LSD-seg has it: the first convolution padded by 100, scores of fc7, pool4 and pool3 joined by crops and
    fixed bilinear deconvolutions.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
    Returns:
        Functional model, RGB 0..255 -> {"logits" (size of the image), "features" (fc7 after dropout, 4096 channels),
        "skips" (`pool3` with 256 and `pool4` with 512 channels, larger than the image by the padding)}.
    Source: Long et al., FCN, CVPR 2015, https://arxiv.org/abs/1411.4038; Sankaranarayanan et al., LSD-seg, CVPR 2018,
        released code torchfcn/models
    """
    image = keras.Input((None, None, 3), name="image")
    x, skips = keras.layers.ZeroPadding2D(99, name="pad")(normalized(image)), {}
    for stage, (filters, convolutions) in enumerate(STAGES, 1):
        for number in range(1, convolutions + 1):
            # `same` adds 1 to the padding of 99.
            x = conv_relu(x, filters, 3, f"conv{stage}_{number}")
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"pool{stage}")(x)
        skips[f"pool{stage}"] = x
    x = conv_relu(x, 4096, 7, "fc6", padding="valid")
    x = keras.layers.SpatialDropout2D(0.5, name="drop6")(x)
    x = conv_relu(x, 4096, 1, "fc7")
    features = keras.layers.SpatialDropout2D(0.5, name="drop7")(x)
    skips = {name: skips[name] for name in ("pool3", "pool4")}
    logits = _joined_scores(image, features, skips, classes)
    model = keras.Model(image, {"logits": logits, "features": features, "skips": skips}, name="fcn8s_vgg16")
    if weights == "imagenet":
        load_vgg16_dense(model)
    return model


def _joined_scores(image, features, skips: dict, classes: int):
    """Scores of three strides, the coarser one doubled, the finer one cropped to it; float32."""
    scores = _deconvolution(_score(features, classes, "score_fr"), 2, "upscore2")
    for name, offset, factor, upscore in (("pool4", 5, 2, "upscore_pool4"), ("pool3", 9, 8, "upscore8")):
        finer = _score(skips[name], classes, f"score_{name}")
        finer = CropLike(offset, dtype="float32", name=f"crop_{name}")([finer, scores])
        scores = keras.layers.Add(dtype="float32", name=f"add_{name}")([scores, finer])
        scores = _deconvolution(scores, factor, upscore)
    return CropLike(31, dtype="float32", name="logits")([scores, image])


def bilinear_kernel(size: int, channels: int):
    """Kernel of a transposed convolution that interpolates linearly and keeps channels apart.

        k[i, j, c, c] = (1 - |i - m| / f) (1 - |j - m| / f),   f = size / 2, m = (size - 1) / 2

    Returns:
        float32 (size, size, channels, channels).
    """
    factor, middle = size / 2, (size - 1) / 2
    line = 1 - keras.ops.abs(keras.ops.arange(size, dtype="float32") - middle) / factor
    return (line[:, None] * line)[:, :, None, None] * keras.ops.eye(channels)


def _deconvolution(x, factor: int, name: str):
    def kernel(shape, dtype=None):
        return bilinear_kernel(shape[0], shape[-1])

    options = {"use_bias": False, "kernel_initializer": kernel, "trainable": False, "dtype": "float32"}
    return keras.layers.Conv2DTranspose(x.shape[-1], 2 * factor, factor, name=name, **options)(x)


def _score(x, classes: int, name: str):
    return keras.layers.Conv2D(classes, 1, kernel_initializer="zeros", dtype="float32", name=name)(x)
