"""Views of a batch of images: affine maps from places in the view to places in the image, and sampling along them.

A map is float (batch, 2, 3) in units of the sides, with aligned corners: (0, 0) is the centre of the first pixel and
(1, 1) that of the last, so one map fits images, labels and features of any size. It takes (x, y) in the view to (x, y)
in the image.
"""

import tensorflow as tf

from keras_uda.ops.random import uniform_of_images

# Whole pixels, and places half way between two, are common: they must not go one way here and the other way there.
SLIVER = 1e-4
HALF = 0.5 + SLIVER


def identity(batch) -> tf.Tensor:
    """The view that is the image."""
    return tf.tile(tf.constant([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), [batch, 1, 1])


def mirror(flips: tf.Tensor) -> tf.Tensor:
    """Left and right exchanged where `flips`, bool (batch,), says so."""
    sign = tf.where(flips, -1.0, 1.0)
    zero, one = tf.zeros_like(sign), tf.ones_like(sign)
    rows = [[sign, zero, (1.0 - sign) / 2.0], [zero, one, zero]]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)


def window(first_row, first_column, size: tuple[int, int], scaled) -> tf.Tensor:
    """A window of an image that was scaled.

    Args:
        first_row, first_column: float (batch,), of the window in the scaled image.
        size: (height, width) of the window.
        scaled: (height, width) of the scaled image, float (batch,) each.
    """
    last = [tf.maximum(tf.cast(side, "float32") - 1.0, 1.0) for side in scaled]
    zero = tf.zeros_like(last[0])
    rows = [
        [(size[1] - 1.0) / last[1], zero, first_column / last[1]],
        [zero, (size[0] - 1.0) / last[0], first_row / last[0]],
    ]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)


def random_window(number, image: tuple[int, int], crop: tuple[int, int], scales, seed: tf.Tensor) -> tf.Tensor:
    """Windows of `crop` at random places of images that were scaled by random factors.

    Args:
        number: of images.
        image, crop: (height, width); the smallest scaled image holds a crop.
        scales: (smallest, largest) factor.
        seed: int32 (2,).
    """
    drawn = uniform_of_images([3, number], 1, seed)
    factor = scales[0] + (scales[1] - scales[0]) * drawn[0]
    scaled = [tf.maximum(tf.floor(side * factor), float(least)) for side, least in zip(image, crop, strict=True)]
    first = [tf.floor(drawn[i + 1] * (scaled[i] - crop[i] + 1.0)) for i in (0, 1)]
    return window(*first, crop, scaled)


def in_pixels(maps: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Maps between pixels of images of `size` = (height, width), as maps in units of the sides."""
    sides = tf.constant([max(size[1] - 1.0, 1.0), max(size[0] - 1.0, 1.0)])
    return tf.concat([maps[..., :2] * sides / sides[:, None], maps[..., 2:] / sides[:, None]], -1)


def after(outer: tf.Tensor, inner: tf.Tensor) -> tf.Tensor:
    """One map for two: view -> `outer` -> image of the outer one -> `inner` -> image of the inner one."""
    linear = tf.matmul(inner[..., :2], outer[..., :2])
    return tf.concat([linear, tf.matmul(inner[..., :2], outer[..., 2:]) + inner[..., 2:]], -1)


def bilinear(maps: tf.Tensor, view: tf.Tensor, size: tuple[int, int], fill=0.0) -> tf.Tensor:
    """Samples between pixels.

    Args:
        maps: float (batch, h, w, channels).
        view: map.
        size: (height, width) of the result.
        fill: what is seen outside of the image.
    Returns:
        float32 (batch, height, width, channels).
    """
    x, y = _places(view, size, maps)
    left, top = tf.floor(x + SLIVER), tf.floor(y + SLIVER)
    right, bottom = (x - left)[..., None], (y - top)[..., None]
    maps = tf.cast(maps, "float32")
    upper = _at(maps, left, top) * (1 - right) + _at(maps, left + 1, top) * right
    lower = _at(maps, left, top + 1) * (1 - right) + _at(maps, left + 1, top + 1) * right
    return tf.where(_inside(x, y, maps)[..., None], upper * (1 - bottom) + lower * bottom, fill)


def nearest(maps: tf.Tensor, view: tf.Tensor, size: tuple[int, int], fill=0) -> tf.Tensor:
    """Takes the nearest pixel; what labels may see.

    Args:
        maps: (batch, h, w) or (batch, h, w, channels), any type.
        view, size, fill: as of `bilinear`.
    Returns:
        (batch, height, width[, channels]) of the type of `maps`.
    """
    planes = maps[..., None] if len(maps.shape) == 3 else maps
    x, y = _places(view, size, planes)
    taken = _at(planes, tf.floor(x + HALF), tf.floor(y + HALF))
    seen = tf.where(_inside(x, y, planes)[..., None], taken, tf.cast(fill, planes.dtype))
    return seen[..., 0] if len(maps.shape) == 3 else seen


def inside(view: tf.Tensor, size: tuple[int, int], like: tf.Tensor) -> tf.Tensor:
    """bool (batch, height, width): where the view shows the image, of the height and width of `like`."""
    return _inside(*_places(view, size, like), like)


def _places(view, size, maps):
    """x and y in pixels of `maps`, float32 (batch, height, width) each, on a grid of `size`."""
    height, width = size
    sides = tf.cast([tf.shape(maps)[2] - 1, tf.shape(maps)[1] - 1], "float32")
    scale = sides[:, None] / tf.constant([max(width - 1.0, 1.0), max(height - 1.0, 1.0)])
    linear, shift = view[..., :2] * scale, view[..., 2] * sides
    columns, rows = tf.meshgrid(tf.range(width, dtype="float32"), tf.range(height, dtype="float32"))
    places = [
        linear[:, i, 0, None, None] * columns + linear[:, i, 1, None, None] * rows + shift[:, i, None, None]
        for i in (0, 1)
    ]
    return places[0], places[1]


def _inside(x, y, maps):
    # Half a pixel around the outer centres is still the image.
    last_x, last_y = (tf.cast(tf.shape(maps)[axis] - 1, "float32") for axis in (2, 1))
    return (x >= -HALF) & (x <= last_x + HALF) & (y >= -HALF) & (y <= last_y + HALF)


def _at(maps, x, y):
    """maps (batch, h, w, channels) at whole places, the nearest pixel of the border outside."""
    height, width = tf.shape(maps)[1], tf.shape(maps)[2]
    columns = tf.clip_by_value(tf.cast(x, "int32"), 0, width - 1)
    rows = tf.clip_by_value(tf.cast(y, "int32"), 0, height - 1)
    flat = tf.reshape(maps, (tf.shape(maps)[0], height * width, maps.shape[-1]))
    return tf.gather(flat, rows * width + columns, batch_dims=1)
