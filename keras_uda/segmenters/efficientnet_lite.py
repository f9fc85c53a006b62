"""EfficientNet-Lite with a light DeepLab decoder: the segmenters for devices."""

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import Width
from keras_uda.segmenters.blocks import ResizeLike
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.efficientnet_lite_backbone import VARIANTS
from keras_uda.segmenters.efficientnet_lite_backbone import backbone
from keras_uda.segmenters.efficientnet_lite_backbone import load_imagenet
from keras_uda.segmenters.efficientnet_lite_backbone import unit
from keras_uda.segmenters.network import network

START_LICENCE = "Apache-2.0 (github.com/tensorflow/tpu); the package that holds them states none"


@network(stride=4, heads=("decoder", "logits", "aux"), mean_colour=(127.0, 127.0, 127.0))
def efficientnet_lite0(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    batch_norm: BatchNormMode = "live",
    width: Width = 64,
) -> keras.Model:
    """EfficientNet-Lite0 (ReLU6, no squeeze-excite) up to stride 16, context from a 1x1 convolution and image pooling,
    joined with the maps of strides 8 and 4; logits at stride 4.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
        levels: 1, or 2 for an auxiliary head at stride 16.
        batch_norm: see `BatchNorm`.
        width: channels of the decoder.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features", "skips"[, "aux_logits"]}.
    Source: Tan and Le, EfficientNet, ICML 2019, https://arxiv.org/abs/1905.11946; lite variants:
        github.com/tensorflow/tpu models/official/efficientnet/lite. Decoder after DeepLab-v3+ in its mobile form,
        Chen et al., ECCV 2018, https://arxiv.org/abs/1802.02611
    """
    return _segmenter("efficientnet_lite0", classes, weights, levels, batch_norm, width)


@network(stride=4, heads=("decoder", "logits", "aux"), mean_colour=(127.0, 127.0, 127.0))
def efficientnet_lite1(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    batch_norm: BatchNormMode = "live",
    width: Width = 64,
) -> keras.Model:
    """`efficientnet_lite0` with more blocks of the same widths: 15 instead of 11 up to stride 16."""
    return _segmenter("efficientnet_lite1", classes, weights, levels, batch_norm, width)


@network(stride=4, heads=("decoder", "logits", "aux"), mean_colour=(127.0, 127.0, 127.0))
def efficientnet_lite2(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    batch_norm: BatchNormMode = "live",
    width: Width = 64,
) -> keras.Model:
    """`efficientnet_lite1` with wider blocks from stride 8 on (48, 88 and 120 channels instead of 40, 80 and 112)."""
    return _segmenter("efficientnet_lite2", classes, weights, levels, batch_norm, width)


def _segmenter(name: str, classes: int, weights: str, levels: int, mode: str, width: int) -> keras.Model:
    """See `efficientnet_lite0`; `mode` is its `batch_norm`."""
    image = keras.Input((None, None, 3), name="image")
    skips = backbone(image, mode, name, VARIANTS[name].used_blocks)
    features = _decoder(skips, width, mode)
    outputs = {"logits": classifier(features, classes, "logits"), "features": features, "skips": skips}
    if levels == 2:
        outputs["aux_logits"] = classifier(unit(skips["stride16"], width, 1, 1, "aux", mode), classes, "aux_logits")
    model = keras.Model(image, outputs, name=name)
    if weights == "imagenet":
        load_imagenet(model, name)
    return model


def _decoder(maps: dict, width: int, mode: str):
    """Context at stride 16, then one join (1x1, resize, add, separable 3x3) for each of the strides 8 and 4."""
    x = unit(maps["stride16"], width, 1, 1, "decoder_context", mode)
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True, name="decoder_pool")(maps["stride16"])
    pooled = keras.layers.Conv2D(width, 1, activation="relu6", name="decoder_pool_conv")(pooled)
    x = _separable(keras.layers.Add(name="decoder_pool_add")([x, pooled]), width, "decoder_fuse16", mode)
    for stride in (8, 4):
        skip = unit(maps[f"stride{stride}"], width, 1, 1, f"decoder_skip{stride}", mode)
        x = ResizeLike(name=f"decoder_resize{stride}")([x, skip])
        x = _separable(keras.layers.Add(name=f"decoder_add{stride}")([x, skip]), width, f"decoder_fuse{stride}", mode)
    return x


def _separable(x, filters: int, name: str, mode: str):
    return unit(unit(x, 0, 3, 1, f"{name}_depthwise", mode), filters, 1, 1, f"{name}_pointwise", mode)
