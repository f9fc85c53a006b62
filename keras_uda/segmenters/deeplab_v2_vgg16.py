"""DeepLab-v2 on VGG-16, the network of AdaptSegNet's VGG table."""

import keras

from keras_uda.config.ranges import Dilations
from keras_uda.segmenters.deeplab_v2 import aspp
from keras_uda.segmenters.network import network
from keras_uda.segmenters.vgg16 import STAGES
from keras_uda.segmenters.vgg16 import conv_relu
from keras_uda.segmenters.vgg16 import normalized
from keras_uda.segmenters.weights.imagenet import load_vgg16

START_LICENCE = "CC BY 4.0 (Visual Geometry Group, Oxford), through keras.applications"

# Positions in the published `features` sequence, where ReLU and pooling count too.
PUBLISHED = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 23, 25, 27)


# The published code trains every parameter at one rate: there are no heads.
@network(stride=8, dense=True, mean_colour=(122.67891434, 116.66876762, 104.00698793))
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
    x, skips, names = normalized(image), {}, iter(PUBLISHED)
    for stage, (filters, convolutions) in enumerate(STAGES, 1):
        for _ in range(convolutions):
            x = conv_relu(x, filters, 3, f"features.{next(names)}", dilation_rate=2 if stage == 5 else 1)
        if stage <= 3:
            x = keras.layers.MaxPooling2D(2, name=f"pool{stage}")(x)
        skips[f"conv{stage}"] = x
    x = conv_relu(x, 1024, 3, "features.29", dilation_rate=4)
    features = conv_relu(x, 1024, 3, "features.31", dilation_rate=4)
    logits = aspp(features, classes, aspp_dilations, "classifier", "logits")
    model = keras.Model(image, {"logits": logits, "features": features, "skips": skips}, name="deeplab_v2_vgg16")
    if weights == "imagenet":
        load_vgg16(model)
    return model
