"""Resizing of maps inside the graph, with the sampling grids of the published codes; built-in ops, exportable."""

import tensorflow as tf


def upsample(logits, like):
    """Bilinear resize with aligned corners: the grid of all DeepLab-v2 codes.

        source coordinate = i * (h - 1) / (H - 1)

    Args:
        logits: float (batch, h, w, channels), any float type.
        like: tensor (batch, H, W, ...) whose height and width are wanted, or a pair (H, W) of numbers or int32 scalars.
    Returns:
        float32 (batch, H, W, channels).
    Source: torch.nn.Upsample(align_corners=True), as called in github.com/wasidennis/AdaptSegNet and valeoai/ADVENT
    """
    return tf.raw_ops.ResizeBilinear(images=tf.cast(logits, "float32"), size=_size(like), align_corners=True)


def half_pixel(images, like):
    """Bilinear resize with half-pixel centres, without anti-aliasing: the grid of OpenCV, LiteRT and DAFormer.

        source coordinate = (i + 0.5) * h / H - 0.5, clamped to [0, h - 1]

    Args:
        images: float (batch, h, w, channels), any float type.
        like: tensor (batch, H, W, ...) whose height and width are wanted, or a pair (H, W) of numbers or int32 scalars.
    Returns:
        float32 (batch, H, W, channels).
    Source: torch.nn.functional.interpolate(align_corners=False), as called in github.com/lhoyer/DAFormer
    """
    return tf.raw_ops.ResizeBilinear(images=tf.cast(images, "float32"), size=_size(like), half_pixel_centers=True)


def nearest(maps, like):
    """Nearest neighbour as PyTorch has it; the only resize that labels may see.

        source coordinate = floor(i * h / H)

    Args:
        maps: labels (batch, h, w) or maps (batch, h, w, channels), any type.
        like: tensor (batch, H, W, ...) whose height and width are wanted, or a pair (H, W) of numbers or int32 scalars.
    Returns:
        (batch, H, W[, channels]) of the type of `maps`.
    Source: torch.nn.functional.interpolate(mode="nearest")
    """
    if len(maps.shape) == 3:
        return nearest(maps[..., None], like)[..., 0]
    return tf.raw_ops.ResizeNearestNeighbor(images=maps, size=_size(like))


def _size(like):
    if isinstance(like, tuple):
        return tf.convert_to_tensor(like, "int32")
    static = like.shape[1:3]
    # XLA needs constants where they are known.
    return tf.constant(tuple(static), "int32") if None not in static else tf.shape(like)[1:3]
