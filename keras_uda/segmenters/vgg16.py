"""VGG-16 segmenters: the DeepLab-v2 of AdaptSegNet's VGG table, and the FCN-8s of LSD-seg."""

import keras

from keras_uda.config.ranges import Dilations
from keras_uda.segmenters.blocks import CaffeNormalization
from keras_uda.segmenters.blocks import CropLike
from keras_uda.segmenters.deeplab_v2 import aspp
from keras_uda.segmenters.network import network
from keras_uda.segmenters.weights.imagenet import load_vgg16
from keras_uda.segmenters.weights.imagenet import load_vgg16_dense

# channels of conv1 to conv5, and how many convolutions each has
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
# Positions in the published `features` sequence, where ReLU and pooling count too.
PUBLISHED = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 23, 25, 27)


@network(stride=8, dense=True)  # the published code trains every parameter at one rate
def deeplab_v2_vgg16(
    classes: int, *, weights: str = "imagenet", aspp_dilations: Dilations = (6, 12, 18, 24)
) -> keras.Model:
    """VGG-16 without its last two poolings, dilated conv5, fc6 and fc7 as dilated 3x3 convolutions; stride 8.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
        aspp_dilations: of the branches of the head; (6, 12) is what AdaptSegNet computes.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features" (1024 channels), "skips"}.
    Source: Chen et al., DeepLab, TPAMI 2018, https://arxiv.org/abs/1606.00915; AdaptSegNet, model/deeplab_vgg.py
    """
    image = keras.Input((None, None, 3), name="image")
    x, skips, names = _normalized(image), {}, iter(PUBLISHED)
    for stage, (filters, convolutions) in enumerate(STAGES, 1):
        for _ in range(convolutions):
            x = _conv_relu(x, filters, 3, f"features.{next(names)}", dilation_rate=2 if stage == 5 else 1)
        if stage <= 3:
            x = keras.layers.MaxPooling2D(2, name=f"pool{stage}")(x)
        skips[f"conv{stage}"] = x
    x = _conv_relu(x, 1024, 3, "features.29", dilation_rate=4)
    features = _conv_relu(x, 1024, 3, "features.31", dilation_rate=4)
    logits = aspp(features, classes, aspp_dilations, "classifier", "logits")
    model = keras.Model(image, {"logits": logits, "features": features, "skips": skips}, name="deeplab_v2_vgg16")
    if weights == "imagenet":
        load_vgg16(model)
    return model


@network(stride=1, dense=True)
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
    x, skips = keras.layers.ZeroPadding2D(99, name="pad")(_normalized(image)), {}
    for stage, (filters, convolutions) in enumerate(STAGES, 1):
        for number in range(1, convolutions + 1):
            # `same` adds 1 to the padding of 99.
            x = _conv_relu(x, filters, 3, f"conv{stage}_{number}")
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"pool{stage}")(x)
        skips[f"pool{stage}"] = x
    x = _conv_relu(x, 4096, 7, "fc6", padding="valid")
    x = keras.layers.SpatialDropout2D(0.5, name="drop6")(x)
    x = _conv_relu(x, 4096, 1, "fc7")
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


def _conv_relu(x, filters: int, kernel: int, name: str, **options):
    options = {"padding": "same", "activation": "relu", "kernel_initializer": "he_uniform"} | options
    return keras.layers.Conv2D(filters, kernel, name=name, **options)(x)


def _normalized(image):
    return CaffeNormalization(dtype="float32", name="normalization")(image)
