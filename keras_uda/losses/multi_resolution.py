"""Losses of a prediction that was fused of two scales."""

from keras_uda.losses.segmentation import cross_entropy
from keras_uda.ops.resize import half_pixel
from keras_uda.ops.sliding import Box
from keras_uda.ops.sliding import cut


def two_scale_losses(labels, fused, detail, box: Box, detail_weight: float, pixel_weights):
    """Cross-entropy of the fused prediction, and of the detail in its window.

        L_fused = (1 - lambda_d) 1/(N H W) sum_i v[i] (-log P_fused[i, y_i])
        L_detail = lambda_d 1/(N h w) sum_j v[j] (-log P_detail[j, y_j]),   j over the pixels of the window

    Logits are brought to the labels bilinearly with half-pixel centres; means are over ALL pixels, labelled or not.

    Args:
        labels: integer (batch, H, W), ids in [0, C); `IGNORE` costs nothing.
        fused: float (batch, H', W', C), unnormalised.
        detail: float (batch, h', w', C), unnormalised, of the window alone.
        box: the window, in pixels of the labels.
        detail_weight: lambda_d.
        pixel_weights: v, float (batch, H, W).
    Returns:
        (L_fused, L_detail): float32 scalars; the loss is their sum.
    Source: Hoyer et al., HRDA, ECCV 2022, equations 11 and 12, https://arxiv.org/abs/2204.13132; `losses` of
        github.com/lhoyer/HRDA mmseg/models/decode_heads/hrda_head.py
    """
    window = _window(labels, fused, detail)
    on_all = cross_entropy(labels, half_pixel(fused, labels), pixel_weights=pixel_weights)
    own_labels, own_weights = (cut(one, box, window) for one in (labels, pixel_weights))
    on_detail = cross_entropy(own_labels, half_pixel(detail, window), pixel_weights=own_weights)
    return (1.0 - detail_weight) * on_all, detail_weight * on_detail


def _window(labels, fused, detail) -> tuple[int, int]:
    """(rows, columns) of the window in pixels: detail and fused logits have the same cells."""
    return tuple(detail.shape[axis] * labels.shape[axis] // fused.shape[axis] for axis in (1, 2))
