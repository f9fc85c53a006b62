"""What joins the four stages of an encoder at stride 4: all-MLP as SegFormer has it, dilated convolutions as DAFormer.

Layers carry the published names (`decode_head.embed_layers.0.proj`, `decode_head.linear_c1.proj`).
"""

import keras

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import ResizeLike

DILATIONS = (1, 6, 12, 18)


def all_mlp(stages: dict, width: int, batch_norm: str, name: str = "decode_head"):
    """SegFormer's head without its classifier: a linear layer for each stage, joined by another.

        relu(BN(W [resize(E_4 F_4), ..., E_1 F_1]))

    Args:
        stages: {"stage1": float (batch, h, w, channels), ...}, the first one the largest.
        width: of every linear layer.
        batch_norm: see `BatchNorm`.
        name: prefix of the layers.
    Returns:
        float (batch, h, w, width).
    Source: Xie et al., SegFormer, NeurIPS 2021, section 3.2, https://arxiv.org/abs/2105.15203; released code
        mmseg/models/decode_heads/segformer_head.py (its order is from the last stage to the first)
    """
    names = [f"{name}.linear_c{number}.proj" for number in range(1, len(stages) + 1)]
    maps = _embedded(stages, width, names)[::-1]
    joined = keras.layers.Concatenate(name=f"{name}.concatenate")(maps)
    return _unit(joined, width, 1, 1, f"{name}.linear_fuse", batch_norm)


def context_aware(
    stages: dict,
    width: int,
    batch_norm: str,
    name: str = "decode_head",
    *,
    channels: int | None = None,
    dilations: tuple[int, ...] = DILATIONS,
):
    """DAFormer's head without its classifier: stages are joined by parallel convolutions of several dilations.

        X = [E_1 F_1, resize(E_2 F_2), ..., resize(E_n F_n)]
        relu(BN(conv3x3([branch_d(X) for d in dilations])))

    A branch is depthwise 3x3 with dilation d and then 1x1, each with BN and relu; with d = 1 the 1x1 alone. There is no
    pooling of the image.

    Args:
        stages: {"stage1": float (batch, h, w, channels), ...}, the first one the largest.
        width: of the linear layers; published 256.
        batch_norm: see `BatchNorm`.
        name: prefix of the layers.
        channels: of the branches and of the output; None: as `width`, as published.
        dilations: one for each branch.
    Returns:
        float (batch, h, w, channels).
    Source: Hoyer et al., DAFormer, CVPR 2022, section 3.2, https://arxiv.org/abs/2111.14887; released code
        mmseg/models/decode_heads/daformer_head.py
    """
    channels, names = channels or width, [f"{name}.embed_layers.{number}.proj" for number in range(len(stages))]
    joined = keras.layers.Concatenate(name=f"{name}.concatenate")(_embedded(stages, width, names))
    prefix, branches = f"{name}.fuse_layer", []
    for number, dilation in enumerate(dilations):
        x, branch = joined, f"{prefix}.aspp_modules.{number}"
        if dilation > 1:
            x = _unit(x, 0, 3, dilation, f"{branch}.depthwise_conv", batch_norm)
            branch = f"{branch}.pointwise_conv"
        branches.append(_unit(x, channels, 1, 1, branch, batch_norm))
    joined = keras.layers.Concatenate(name=f"{prefix}.concatenate")(branches)
    return _unit(joined, channels, 3, 1, f"{prefix}.bottleneck", batch_norm)


def _embedded(stages: dict, width: int, names: list[str]) -> list:
    """A linear layer on every stage, all at the size of the first."""
    start = keras.initializers.TruncatedNormal(stddev=0.02)
    maps = [
        keras.layers.Dense(width, kernel_initializer=start, name=layer)(stage)
        for stage, layer in zip(stages.values(), names, strict=True)
    ]
    return maps[:1] + [
        ResizeLike(name=f"{layer}.resize")([one, maps[0]]) for one, layer in zip(maps[1:], names[1:], strict=True)
    ]


def _unit(x, filters: int, kernel: int, dilation: int, name: str, mode: str):
    """Convolution (depthwise for 0 filters) without bias, batch norm, ReLU."""
    options = {"padding": "same", "dilation_rate": dilation, "use_bias": False, "name": f"{name}.conv"}
    if filters:
        x = keras.layers.Conv2D(filters, kernel, kernel_initializer="he_normal", **options)(x)
    else:
        x = keras.layers.DepthwiseConv2D(kernel, depthwise_initializer="he_normal", **options)(x)
    return keras.layers.Activation("relu", name=f"{name}.relu")(BatchNorm(mode, name=f"{name}.bn")(x))
