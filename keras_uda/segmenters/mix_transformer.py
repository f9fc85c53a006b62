"""The encoder of SegFormer, Mix Transformer (MiT): overlapping patches, spatial reduction attention, Mix-FFN.

Maps stay maps from end to end, so that frames of any shape go through. Layers carry the names of the published PyTorch
files (`block1.0.attn.q`), so that both can be read side by side.
"""

from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of ImageNet, RGB 0..255


class Size(NamedTuple):
    """What tells one Mix Transformer from another; a number for each of the four stages.

    Args:
        widths: channels.
        depths: blocks.
        heads: of the attention; they divide the widths.
        reductions: rows and columns of the keys are fewer by this factor.
        expansions: hidden channels of the Mix-FFN in units of the width.
    """

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    heads: tuple[int, ...] = (1, 2, 5, 8)
    reductions: tuple[int, ...] = (8, 4, 2, 1)
    expansions: tuple[int, ...] = (4, 4, 4, 4)


SIZES = {
    "tiny": Size((8, 16, 40, 64), (1, 1, 1, 1)),  # ours, for tests
    "b0": Size((32, 64, 160, 256), (2, 2, 2, 2)),
    "b1": Size((64, 128, 320, 512), (2, 2, 2, 2)),
    "b2": Size((64, 128, 320, 512), (3, 4, 6, 3)),
    "b3": Size((64, 128, 320, 512), (3, 4, 18, 3)),
    "b4": Size((64, 128, 320, 512), (3, 8, 27, 3)),
    "b5": Size((64, 128, 320, 512), (3, 6, 40, 3)),
}


def normalized(image):
    """RGB 0..255 with mean 0 and deviation 1 over ImageNet, float32."""
    scale = [1 / deviation for deviation in DEVIATION]
    offset = [-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)]
    return keras.layers.Rescaling(scale, offset, dtype="float32", name="normalization")(image)


def mix_transformer(
    image, size: Size, *, drop_path: float = 0.1, norm_epsilon: float = 1e-6, patch_epsilon: float = 1e-5
) -> dict:
    """Four stages on a normalised image.

        x = LN(conv(x)) at the start of a stage;   x = x + attention(LN(x));   x = x + FFN(LN(x));   LN(x) at its end

    Args:
        image: float (batch, height, width, 3), at least 29 pixels high and wide.
        size: widths, depths and so on.
        drop_path: chance that the last branch of all is left out for an image in training; that of the first is 0, and
            it grows evenly between them.
        norm_epsilon: of the layer norms of blocks and stages.
        patch_epsilon: of the layer norms behind patches and reductions.
    Returns:
        {"stage1": map at stride 4, ..., "stage4": map at stride 32}; sizes are rounded up.
    Source: Xie et al., SegFormer, NeurIPS 2021, section 3.1, https://arxiv.org/abs/2105.15203; released code
        mmseg/models/backbones/mix_transformer.py
    """
    x, maps, last = image, {}, max(sum(size.depths) - 1, 1)
    for stage, depth in enumerate(size.depths, 1):
        x = _patches(x, size.widths[stage - 1], stage, patch_epsilon)
        for block in range(depth):
            rate = drop_path * (sum(size.depths[: stage - 1]) + block) / last
            x = _block(x, size, stage, f"block{stage}.{block}", (rate, norm_epsilon, patch_epsilon))
        maps[f"stage{stage}"] = x = _norm(x, norm_epsilon, f"norm{stage}")
    return maps


def _patches(x, width: int, stage: int, epsilon: float):
    """Overlapping patches: 7x7 with stride 4 at first, then 3x3 with stride 2; padded alike on all sides."""
    kernel, stride = (7, 4) if stage == 1 else (3, 2)
    x = keras.layers.ZeroPadding2D(kernel // 2, name=f"patch_embed{stage}.pad")(x)
    x = _convolution(x, width, kernel, stride, f"patch_embed{stage}.proj")
    return _norm(x, epsilon, f"patch_embed{stage}.norm")


def _block(x, size: Size, stage: int, name: str, rates: tuple[float, float, float]):
    rate, norm_epsilon, patch_epsilon = rates
    heads, reduction, expansion = size.heads[stage - 1], size.reductions[stage - 1], size.expansions[stage - 1]
    branch = _attention(_norm(x, norm_epsilon, f"{name}.norm1"), heads, reduction, patch_epsilon, f"{name}.attn")
    x = keras.layers.Add(name=f"{name}.add1")([x, _drop_path(branch, rate, f"{name}.drop_path1")])
    branch = _mix_ffn(_norm(x, norm_epsilon, f"{name}.norm2"), expansion, f"{name}.mlp")
    return keras.layers.Add(name=f"{name}.add2")([x, _drop_path(branch, rate, f"{name}.drop_path2")])


def _attention(x, heads: int, reduction: int, epsilon: float, name: str):
    """Queries of every position; keys and values of a map that a strided convolution made smaller."""
    width, reduced = x.shape[-1], x
    if reduction > 1:
        reduced = _convolution(x, width, reduction, reduction, f"{name}.sr")
        reduced = _norm(reduced, epsilon, f"{name}.norm")
    queries, keys_and_values = _linear(x, width, f"{name}.q"), _linear(reduced, 2 * width, f"{name}.kv")
    return _linear(MapAttention(heads, name=name)([queries, keys_and_values]), width, f"{name}.proj")


def _mix_ffn(x, expansion: int, name: str):
    """Two linear layers; a depthwise 3x3 between them tells a position where it is."""
    width = x.shape[-1]
    x = _linear(x, expansion * width, f"{name}.fc1")
    options = {"padding": "same", "depthwise_initializer": _fan_out(), "name": f"{name}.dwconv.dwconv"}
    x = keras.layers.Activation("gelu", name=f"{name}.act")(keras.layers.DepthwiseConv2D(3, **options)(x))
    return _linear(x, width, f"{name}.fc2")


def _drop_path(x, rate: float, name: str):
    """Stochastic depth: the branch of an image is left out, or divided by the chance that it is not."""
    return keras.layers.Dropout(rate, noise_shape=(None, 1, 1, 1), name=name)(x) if rate else x


def _convolution(x, width: int, kernel: int, stride: int, name: str):
    return keras.layers.Conv2D(width, kernel, stride, kernel_initializer=_fan_out(), name=name)(x)


def _linear(x, width: int, name: str):
    start = keras.initializers.TruncatedNormal(stddev=0.02)
    return keras.layers.Dense(width, kernel_initializer=start, name=name)(x)


def _norm(x, epsilon: float, name: str):
    return keras.layers.LayerNormalization(epsilon=epsilon, name=name)(x)


def _fan_out() -> keras.initializers.Initializer:
    """The published start of convolutions, N(0, 2 / (rows * columns * outputs of a group))."""
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


@keras.saving.register_keras_serializable("keras_uda")
class MapAttention(keras.layers.Layer):
    """Attention between the positions of two maps; no weights.

        softmax(Q K^T / sqrt(d)) V in each head, d channels of a head; heads are consecutive groups of channels

    Inputs are the queries (batch, H, W, C) and, behind one another, keys and values (batch, h, w, 2 C); the output is
    like the queries. The softmax is taken in float32 under every policy.

    Args:
        heads: they divide C.
    Source: Vaswani et al., NeurIPS 2017, section 3.2, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, heads: int, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads

    def call(self, inputs):
        queries, keys_and_values = inputs
        channels = queries.shape[-1]
        # Scaled before the product, which could be too large for float16.
        scaled = self._by_head(queries * (channels // self.heads) ** -0.5)
        keys, values = (self._by_head(one) for one in ops.split(keys_and_values, 2, axis=-1))
        scores = ops.matmul(scaled, ops.transpose(keys, (0, 1, 3, 2)))
        shares = ops.cast(tf.nn.softmax(ops.cast(scores, "float32")), self.compute_dtype)
        mixed = ops.transpose(ops.matmul(shares, values), (0, 2, 1, 3))
        return ops.reshape(mixed, (*ops.shape(queries)[:3], channels))

    def _by_head(self, maps):
        """(batch, rows, columns, C) -> (batch, heads, rows * columns, C / heads)."""
        batch, rows, columns, channels = ops.shape(maps)
        split = ops.reshape(maps, (batch, rows * columns, self.heads, channels // self.heads))
        return ops.transpose(split, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return super().get_config() | {"heads": self.heads}
