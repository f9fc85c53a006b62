"""RandAugment and CutOut of a batch of images, with the map that says where every pixel of the strong view came from.

Source of all: Cubuk et al., RandAugment, NeurIPS 2020, https://arxiv.org/abs/1909.13719, with the operations of
FixMatch (Sohn et al., NeurIPS 2020, appendix D, https://arxiv.org/abs/2001.07685), as data/randaugment.py of
microsoft/ProDA applies them; the operations on colours are those of Pillow.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.colours import clip_colours
from keras_uda.augment.colours import luma
from keras_uda.ops.random import split
from keras_uda.ops.random import uniform_of_images
from keras_uda.ops.warp import after
from keras_uda.ops.warp import bilinear
from keras_uda.ops.warp import identity
from keras_uda.ops.warp import in_pixels
from keras_uda.ops.warp import inside
from keras_uda.ops.warp import mirror

STRONGEST = 10  # magnitudes are 1 to 9, as released: its 10 is the end of a half-open range
GREY = 127.0
SMOOTH = ((1, 1, 1), (1, 5, 1), (1, 1, 1))


class StrongView(NamedTuple):
    """What became of a batch of images.

    Args:
        images: float32 (batch, H, W, 3), 0..255.
        view: (batch, 2, 3), place in the strong view -> place in the image, see `ops.warp`.
        boxes: int32 (batch, 4): x0, y0, x1, y1 of what was cut out, in pixels, ends excluded.
    """

    images: tf.Tensor
    view: tf.Tensor
    boxes: tf.Tensor


def strong_view(images: tf.Tensor, seed: tf.Tensor, operations: int = 2) -> StrongView:
    """Mirrors half of the images, applies each of `operations` random operations with probability 1/2, cuts a box out.

    Moves are composed into one, which comes after the changes of colour: images are sampled once.

    Args:
        images: float (batch, H, W, 3), 0..255, of known size.
        seed: int32 (2,).
        operations: n of RandAugment.
    """
    number, size = tf.shape(images)[0], tuple(images.shape[1:3])
    seeds = split(seed, 2 + 2 * operations)
    images = tf.cast(images, "float32")
    view = mirror(uniform_of_images([number], 0, seeds[0]) < 0.5)
    for k in range(operations):
        kinds, strengths, signs, chances = draw(number, seeds[2 + 2 * k], seeds[3 + 2 * k])
        kinds = tf.where(chances < 0.5, kinds, KEEP)
        images = tf.map_fn(recolour, (images, kinds, strengths), fn_output_signature=tf.float32)
        view = after(move(kinds, strengths * signs, size), view)
    boxes = random_boxes(number, size, seeds[1])
    images = bilinear(images, view, size, fill=GREY)
    return StrongView(tf.where(in_boxes(boxes, size, size)[..., None], GREY, images), view, boxes)


def draw(number, seed, other_seed):
    """Kind of operation, strength 1..9, sign, and a number in [0, 1), for every image."""
    kinds, strengths = (
        tf.floor(uniform_of_images([number], 0, one, float(low), float(high)))
        for one, low, high in zip(tf.unstack(split(seed, 2)), (0, 1), (len(KINDS), STRONGEST), strict=True)
    )
    drawn = uniform_of_images([2, number], 1, other_seed)
    return tf.cast(kinds, "int32"), strengths, tf.where(drawn[0] < 0.5, -1.0, 1.0), drawn[1]


def random_boxes(number, size: tuple[int, int], seed: tf.Tensor) -> tf.Tensor:
    """Boxes of a third of the smaller side around a random place, cut at the border: int32 (batch, 4)."""
    height, width = size
    side = min(size) // 3
    x, y = tf.unstack(uniform_of_images([2, number], 1, seed) * [[float(width)], [float(height)]])
    x, y = (tf.floor(tf.maximum(centre - side / 2, 0.0)) for centre in (x, y))
    box = (x, y, tf.minimum(x + side, float(width)), tf.minimum(y + side, float(height)))
    return tf.cast(tf.stack(box, -1), "int32")


def in_boxes(boxes: tf.Tensor, size: tuple[int, int], image: tuple[int, int]) -> tf.Tensor:
    """Cells of a map that lie in a box: its edges are rounded down to cells.

    Args:
        boxes: int32 (batch, 4) in pixels of an image.
        size: (height, width) of the map.
        image: (height, width) that the boxes count in.
    Returns:
        bool (batch, height, width).
    """
    x0, y0, x1, y1 = (one[:, None] for one in tf.unstack(boxes, axis=-1))
    rows, columns = tf.range(size[0])[None], tf.range(size[1])[None]
    (top, bottom), (left, right) = (
        [one * cells // pixels for one in pair]
        for pair, cells, pixels in (((y0, y1), size[0], image[0]), ((x0, x1), size[1], image[1]))
    )
    return ((rows >= top) & (rows < bottom))[:, :, None] & ((columns >= left) & (columns < right))[:, None]


def visible(strong: StrongView, size: tuple[int, int]) -> tf.Tensor:
    """bool (batch, height, width): cells of a map of `size` where a strong view shows its image."""
    image = tuple(strong.images.shape[1:3])
    return inside(strong.view, size, strong.images) & ~in_boxes(strong.boxes, size, image)


def recolour(drawn) -> tf.Tensor:
    """One image (H, W, 3) after an operation on colours; kinds that move leave it alone."""
    image, kind, strength = drawn
    branches = [lambda do=do: do(image, strength) for do in COLOURS.values()]
    return tf.switch_case(kind, branches, default=lambda: image)


def autocontrast(image, strength):
    low, high = tf.reduce_min(image, (0, 1)), tf.reduce_max(image, (0, 1))
    stretched = (image - low) * 255.0 / tf.maximum(high - low, 1.0)
    return tf.where(high > low, stretched, image)


def brightness(image, strength):
    return clip_colours(image * factor(strength))


def colour(image, strength):
    grey = luma(image)
    return clip_colours(grey + (image - grey) * factor(strength))


def contrast(image, strength):
    mean = tf.round(tf.reduce_mean(luma(image)))
    return clip_colours(mean + (image - mean) * factor(strength))


def equalize(image, strength):
    """Every channel gets a flat histogram."""
    levels = tf.clip_by_value(tf.cast(tf.round(image), "int32"), 0, 255)  # whatever a NaN becomes
    flat = tf.reshape(levels + 256 * tf.range(3), [-1])
    counts = tf.reshape(tf.math.unsorted_segment_sum(tf.ones_like(flat), flat, 768), (3, 256))
    last = tf.reduce_max(tf.where(counts > 0, tf.range(256), 0), axis=1)
    step = (tf.reduce_sum(counts, 1) - tf.gather(counts, last, batch_dims=1)) // 255
    table = tf.cumsum(counts, axis=1, exclusive=True) + (step // 2)[:, None]
    table = tf.minimum(table // tf.maximum(step, 1)[:, None], 255)
    table = tf.where((step > 0)[:, None], table, tf.range(256))
    return tf.cast(tf.reshape(tf.gather(tf.reshape(table, [-1]), flat), tf.shape(image)), "float32")


def keep(image, strength):
    return image


def posterize(image, strength):
    """Keeps 4 to 7 bits."""
    step = 2.0 ** (4.0 - tf.floor(strength * 4 / STRONGEST))
    return tf.floor(tf.round(image) / step) * step


def sharpness(image, strength):
    """Towards a smoothed image: factors are at most 0.86. The border stays."""
    kernel = tf.tile(tf.constant(SMOOTH, "float32")[:, :, None, None] / 13.0, [1, 1, 3, 1])
    middle = tf.nn.depthwise_conv2d(image[None], kernel, [1, 1, 1, 1], "VALID")[0]
    change = tf.pad((middle - image[1:-1, 1:-1]), ((1, 1), (1, 1), (0, 0)))
    return clip_colours(image + change * (1.0 - factor(strength)))


def solarize(image, strength):
    return tf.where(image >= 256.0 - tf.floor(strength * 256 / STRONGEST), 255.0 - image, image)


def factor(strength):
    """0.14 to 0.86."""
    return strength * 0.9 / STRONGEST + 0.05


def move(kinds: tf.Tensor, strengths: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """The maps of a batch for operations that move pixels; the identity for those on colours.

    Args:
        kinds: int32 (batch,), places in `KINDS`.
        strengths: float32 (batch,), with a sign.
        size: (height, width).
    """
    height, width = size
    share = strengths * 0.3 / STRONGEST
    angle = tf.sign(strengths) * tf.floor(tf.abs(strengths) * 30 / STRONGEST) * math.pi / 180
    zero, one = tf.zeros_like(share), tf.ones_like(share)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    moves = {
        "rotate": (cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y),
        "shear_x": (one, share, 0.5 * share, zero, one, zero),
        "shear_y": (one, zero, zero, share, one, 0.5 * share),
        "translate_x": (one, zero, _whole(share * width), zero, one, zero),
        "translate_y": (one, zero, zero, zero, one, _whole(share * height)),
    }
    view = identity(tf.shape(kinds)[0])
    for kind, rows in moves.items():
        moved = in_pixels(tf.reshape(tf.stack(rows, -1), (-1, 2, 3)), size)
        view = tf.where((kinds == KINDS.index(kind))[:, None, None], moved, view)
    return view


def _whole(pixels):
    return tf.sign(pixels) * tf.floor(tf.abs(pixels))


COLOURS = {
    "autocontrast": autocontrast,
    "brightness": brightness,
    "colour": colour,
    "contrast": contrast,
    "equalize": equalize,
    "identity": keep,
    "posterize": posterize,
    "sharpness": sharpness,
    "solarize": solarize,
}
KINDS = (*COLOURS, "rotate", "shear_x", "shear_y", "translate_x", "translate_y")
KEEP = KINDS.index("identity")
