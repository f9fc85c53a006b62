"""Blocks of an image that a network does not see, so that it must tell what is there by what is around.

Source of all: Hoyer et al., MIC, CVPR 2023, section 3.2, https://arxiv.org/abs/2212.01322; `BlockMaskGenerator` of its
released code
"""

import tensorflow as tf

from keras_uda.ops.random import uniform_of_images
from keras_uda.ops.resize import nearest


def grid_of(height: int, width: int, block: float) -> tuple[int, int]:
    """Rows and columns of blocks in an image.

        round(H / b), round(W / b), half to even, at least 1

    Args:
        height, width: of the image.
        block: b, in pixels from 1 on; below 1 in heights of the image.
    """
    side = block if block >= 1 else block * height
    return max(1, round(height / side)), max(1, round(width / side))


def draw_blocks(number, rows: int, columns: int, seed: tf.Tensor) -> tf.Tensor:
    """float32 (number, rows, columns) in [0, 1): what decides about each block, for each image."""
    return uniform_of_images([number, rows, columns], 0, seed)


def kept_pixels(numbers: tf.Tensor, ratio: float, size: tuple[int, int]) -> tf.Tensor:
    """Which pixels are seen: those of blocks whose number is larger than the ratio.

    Args:
        numbers: float32 (batch, rows, columns), of `draw_blocks`.
        ratio: share of blocks that is hidden.
        size: (height, width) of the images; where the grid does not fit, blocks differ by a pixel.
    Returns:
        bool (batch, height, width).
    """
    return nearest(tf.cast(numbers > ratio, "uint8"), size) > 0


def hide_blocks(images: tf.Tensor, seed: tf.Tensor, *, block: float, ratio: float, colour) -> tf.Tensor:
    """Images with some blocks of one colour; every image has a mask of its own.

    Args:
        images: float (batch, H, W, 3), of known size.
        seed: int32 (2,).
        block: side of a block, see `grid_of`.
        ratio: share of blocks that is hidden.
        colour: (3,), in the units of the images.
    Returns:
        float32, the same shape.
    """
    images = tf.cast(images, "float32")
    size = tuple(images.shape[1:3])
    numbers = draw_blocks(tf.shape(images)[0], *grid_of(*size, block), seed)
    return tf.where(kept_pixels(numbers, ratio, size)[..., None], images, tf.constant(colour, "float32"))
