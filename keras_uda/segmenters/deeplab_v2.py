"""DeepLab-v2 on ResNet-101 in its Caffe form, as AdaptSegNet, ADVENT and their successors use it.

Layers carry the names of the published PyTorch checkpoints (`layer3.22.conv2`), so that both can be read side by side.
"""

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import Dilations
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import CaffeNormalization
from keras_uda.segmenters.blocks import MaxPool
from keras_uda.segmenters.network import network
from keras_uda.segmenters.weights.imagenet import load_resnet101

START_LICENCE = "MIT (Kaiming He), through keras.applications"

# planes, blocks, stride, dilation of layer1 to layer4
STAGES = ((64, 3, 1, 1), (128, 4, 2, 1), (256, 23, 1, 2), (512, 3, 1, 4))
EXPANSION = 4


# The released generator lists a convolution three times, those of shortcuts four times.
@network(
    stride=8,
    heads=("layer5", "layer6"),
    dense=True,
    repeats={".downsample.": 4, "layer": 3},
    mean_colour=(122.67891434, 116.66876762, 104.00698793),
)
def deeplab_v2_resnet101(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    batch_norm: BatchNormMode = "live",
    aspp_dilations: Dilations = (6, 12, 18, 24),
) -> keras.Model:
    """ResNet-101 with output stride 8 and one or two heads that sum dilated 3x3 convolutions.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
        levels: 1, or 2 for an auxiliary head on layer3.
        batch_norm: see `BatchNorm`; published: `batch_stats`.
        aspp_dilations: of the branches of the heads; (6, 12) is what the released AdaptSegNet computes.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features" (2048 channels), "skips"[, "aux_logits" on layer3]}, all
        at stride 8; height h gives (h / 8 rounded up and, on multiples of 8, one more) rows.
    Source: Chen et al., DeepLab, TPAMI 2018, https://arxiv.org/abs/1606.00915; Tsai et al., AdaptSegNet, CVPR 2018,
        https://arxiv.org/abs/1802.10349; numbers of parameters as in the released codes.
    """
    image = keras.Input((None, None, 3), name="image")
    normalized = CaffeNormalization(dtype="float32", name="normalization")(image)
    skips = backbone(normalized, batch_norm)
    features = skips.pop("layer4")
    outputs = {"features": features, "skips": skips}
    outputs["logits"] = aspp(features, classes, aspp_dilations, "layer6", "logits")
    if levels == 2:
        outputs["aux_logits"] = aspp(skips["layer3"], classes, aspp_dilations, "layer5", "aux_logits")
    model = keras.Model(image, outputs, name="deeplab_v2_resnet101")
    if weights == "imagenet":
        load_resnet101(model)
    return model


def backbone(image, mode: str) -> dict:
    """Stem and four stages on a normalised image: {"layer1": map at stride 4, "layer2" to "layer4": at stride 8}."""
    x = keras.layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = keras.layers.Conv2D(64, 7, 2, use_bias=False, kernel_initializer=small_normal(), name="conv1")(x)
    x = keras.layers.Activation("relu", name="relu")(BatchNorm(mode, name="bn1")(x))
    # After a ReLU a border of zeros is as good as one of -inf, and it can be quantised.
    x = MaxPool(pad_value=0.0, name="maxpool")(x)
    maps = {}
    for number, (planes, blocks, stride, dilation) in enumerate(STAGES, 1):
        for block in range(blocks):
            first = block == 0
            x = bottleneck(x, planes, stride if first else 1, dilation, first, f"layer{number}.{block}", mode)
        maps[f"layer{number}"] = x
    return maps


def bottleneck(x, planes: int, stride: int, dilation: int, downsample: bool, name: str, mode: str):
    """1x1 with the stride (Caffe), dilated 3x3, 1x1 to four times the planes; shortcut added before the last ReLU.

    Args:
        x: float (batch, height, width, channels).
        planes: channels of the first two convolutions.
        stride: of the first convolution and of the shortcut.
        dilation: of the 3x3 convolution.
        downsample: the shortcut is a 1x1 convolution with batch norm instead of the identity.
        name: prefix of the layers.
        mode: of `BatchNorm`.
    """
    shortcut = x
    if downsample:
        shortcut = _conv(x, EXPANSION * planes, 1, f"{name}.downsample.0", strides=stride)
        shortcut = BatchNorm(mode, name=f"{name}.downsample.1")(shortcut)
    x = BatchNorm(mode, name=f"{name}.bn1")(_conv(x, planes, 1, f"{name}.conv1", strides=stride))
    x = keras.layers.Activation("relu", name=f"{name}.relu1")(x)
    x = BatchNorm(mode, name=f"{name}.bn2")(_conv(x, planes, 3, f"{name}.conv2", dilation_rate=dilation))
    x = keras.layers.Activation("relu", name=f"{name}.relu2")(x)
    # Trained from random weights a hundred layers blow up on an odd image, unless every block begins as the identity.
    gamma = "zeros" if mode == "live" else "ones"
    x = _conv(x, EXPANSION * planes, 1, f"{name}.conv3")
    x = BatchNorm(mode, gamma_initializer=gamma, name=f"{name}.bn3")(x)
    return keras.layers.Activation("relu", name=f"{name}.relu3")(keras.layers.Add(name=f"{name}.add")([x, shortcut]))


def aspp(features, classes: int, dilations: tuple[int, ...], name: str, output: str):
    """Sum of 3x3 convolutions with bias, one per dilation, in float32.

        A = sum_d conv3x3_d(F)

    Args:
        features: float (batch, height, width, channels).
        classes: output channels.
        dilations: of the branches; padded so that the size stays.
        name: prefix of the branches.
        output: name of the sum.
    Source: Chen et al., DeepLab, TPAMI 2018, section 3.2 (ASPP)
    """
    branches = [
        _conv(features, classes, 3, f"{name}.conv2d_list.{i}", dilation_rate=d, use_bias=True, dtype="float32")
        for i, d in enumerate(dilations)
    ]
    if len(branches) == 1:
        return keras.layers.Identity(dtype="float32", name=output)(branches[0])
    return keras.layers.Add(dtype="float32", name=output)(branches)


def small_normal() -> keras.initializers.Initializer:
    """The published start of every convolution, N(0, 0.01)."""
    return keras.initializers.RandomNormal(stddev=0.01)


def _conv(x, filters: int, kernel: int, name: str, **options):
    options = {"use_bias": False, "padding": "same", "kernel_initializer": small_normal()} | options
    return keras.layers.Conv2D(filters, kernel, name=name, **options)(x)
