"""Two scales of one image as one map: what a coarse and wide view says, and what a fine and narrow one does."""

import tensorflow as tf

from keras_uda.ops.resize import half_pixel


def fuse_scales(context, attention_logits, detail, mask=None):
    """Detail where the attention looks for it, context elsewhere, for every class by itself.

        A = up((1 - a) A_context) + up(a) A_detail,   a = mask sigmoid(attention),   up: bilinear, half-pixel centres

    `up(a)` leaks about one cell out of a window, where the detail is 0: the fused logits are smaller there, as
    released.

    Args:
        context: float (batch, h, w, C), logits of the whole image at the coarse scale.
        attention_logits: float (batch, h, w, C), unnormalised.
        detail: float (batch, H, W, C), logits at the fine scale, 0 where there are none.
        mask: float (1, h, w, 1), 1 where there is detail; None: everywhere.
    Returns:
        float32 (batch, H, W, C).
    Source: Hoyer et al., HRDA, ECCV 2022, equations 6 to 10, https://arxiv.org/abs/2204.13132; released code
        lhoyer/HRDA mmseg/models/decode_heads/hrda_head.py
    """
    attention = tf.sigmoid(tf.cast(attention_logits, "float32"))
    attention = attention if mask is None else attention * mask
    rest = half_pixel((1.0 - attention) * tf.cast(context, "float32"), detail)
    return rest + half_pixel(attention, detail) * tf.cast(detail, "float32")
