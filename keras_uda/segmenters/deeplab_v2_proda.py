"""DeepLab-v2 ResNet-101 with the head of ProDA: 256-channel features that prototypes are made of."""

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import Dilations
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.deeplab_v2 import backbone
from keras_uda.segmenters.deeplab_v2 import small_normal
from keras_uda.segmenters.network import network
from keras_uda.segmenters.weights.imagenet import load_resnet101

START_LICENCE = "MIT (Kaiming He), through keras.applications"

FEATURES = 256
REDUCTION = 16
DROPOUT = 0.1


@network(stride=8, heads=("layer5", "bn_pretrain"), dense=True, repeats={".downsample.": 4, "layer": 3})
def deeplab_v2_resnet101_proda(
    classes: int,
    *,
    weights: str = "imagenet",
    batch_norm: BatchNormMode = "live",
    aspp_dilations: Dilations = (6, 12, 18, 24),
    feature_norm: bool = False,
) -> keras.Model:
    """The backbone of `deeplab_v2_resnet101` on RGB / 255, and one head of five branches with channel attention.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
        batch_norm: see `BatchNorm`; published: `live`, `batch_stats` in the warm-up.
        aspp_dilations: of the 3x3 branches.
        feature_norm: a batch norm between backbone and head, which a self-supervised start has.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features" (256 channels), "skips"} at stride 8.
    Source: Zhang et al., ProDA, CVPR 2021, https://arxiv.org/abs/2101.10979; released code, models/deeplabv2.py
    """
    image = keras.Input((None, None, 3), name="image")
    normalized = keras.layers.Rescaling(1 / 255, dtype="float32", name="normalization")(image)
    skips = backbone(normalized, batch_norm)
    x = skips.pop("layer4")
    if feature_norm:
        x = BatchNorm(batch_norm, name="bn_pretrain")(x)
    features = _features(x, aspp_dilations)
    options = {"use_bias": False, "kernel_initializer": keras.initializers.RandomNormal(stddev=0.001)}
    logits = keras.layers.Conv2D(classes, 1, dtype="float32", name="layer5.head.1", **options)(features)
    outputs = {"logits": logits, "features": features, "skips": skips}
    model = keras.Model(image, outputs, name="deeplab_v2_resnet101_proda")
    if weights == "imagenet":
        load_resnet101(model)
    return model


def _features(x, dilations: tuple[int, ...]):
    """Parallel 1x1 and dilated 3x3 convolutions, channel attention over all of them, 3x3 to 256 channels."""
    branches = [_branch(x, 1, 1, "layer5.conv2d_list.0")]
    branches += [_branch(x, 3, dilation, f"layer5.conv2d_list.{i}") for i, dilation in enumerate(dilations, 1)]
    x = keras.layers.Concatenate(name="layer5.concatenate")(branches)
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True, name="layer5.pool")(x)
    hidden = keras.layers.Dense(x.shape[-1] // REDUCTION, "relu", name="layer5.bottleneck.0.se.0")(pooled)
    attention = keras.layers.Dense(x.shape[-1], "sigmoid", name="layer5.bottleneck.0.se.2")(hidden)
    x = keras.layers.Multiply(name="layer5.attention")([x, attention])
    x = _normalised(x, 3, 1, "layer5.bottleneck.1", "layer5.bottleneck.2")
    return keras.layers.SpatialDropout2D(DROPOUT, name="layer5.head.0")(x)


def _branch(x, kernel: int, dilation: int, name: str):
    return keras.layers.Activation("relu", name=f"{name}.2")(_normalised(x, kernel, dilation, f"{name}.0", f"{name}.1"))


def _normalised(x, kernel: int, dilation: int, conv: str, norm: str):
    options = {"padding": "same", "dilation_rate": dilation, "kernel_initializer": small_normal()}
    x = keras.layers.Conv2D(FEATURES, kernel, name=conv, **options)(x)
    return keras.layers.GroupNormalization(32, epsilon=1e-5, name=norm)(x)
