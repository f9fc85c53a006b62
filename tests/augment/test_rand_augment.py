"""The strong view: operations as Pillow has them, and a map that knows where every pixel went."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL import ImageEnhance
from PIL import ImageOps

from keras_uda.augment import rand_augment
from keras_uda.ops import warp

HEIGHT, WIDTH = 36, 48
PILLOW = {
    "autocontrast": lambda image, v: ImageOps.autocontrast(image),
    "brightness": lambda image, v: ImageEnhance.Brightness(image).enhance(v * 0.09 + 0.05),
    "colour": lambda image, v: ImageEnhance.Color(image).enhance(v * 0.09 + 0.05),
    "contrast": lambda image, v: ImageEnhance.Contrast(image).enhance(v * 0.09 + 0.05),
    "equalize": lambda image, v: ImageOps.equalize(image),
    "identity": lambda image, v: image,
    "posterize": lambda image, v: ImageOps.posterize(image, int(v * 0.4) + 4),
    "sharpness": lambda image, v: ImageEnhance.Sharpness(image).enhance(v * 0.09 + 0.05),
    "solarize": lambda image, v: ImageOps.solarize(image, 256 - int(v * 25.6)),
    "rotate": lambda image, v: image.rotate(int(v * 3), Image.Resampling.BILINEAR, fillcolor=(127,) * 3),
    "shear_x": lambda image, v: moved(image, (1, v * 0.03, 0, 0, 1, 0)),
    "shear_y": lambda image, v: moved(image, (1, 0, 0, v * 0.03, 1, 0)),
    "translate_x": lambda image, v: moved(image, (1, 0, int(v * 0.03 * WIDTH), 0, 1, 0)),
    "translate_y": lambda image, v: moved(image, (1, 0, 0, 0, 1, int(v * 0.03 * HEIGHT))),
}


def moved(image, coefficients):
    return image.transform(
        image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR, fillcolor=(127,) * 3
    )


@pytest.fixture(scope="module")
def images():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    smooth = np.stack([4 * columns, 3 * rows + columns, 200 - 3 * rows], -1) + 20
    noise = np.random.default_rng(0).integers(0, 40, (2, HEIGHT, WIDTH, 3))
    return (smooth[None] + noise).clip(0, 255).astype("uint8")


@pytest.mark.parametrize("kind", rand_augment.KINDS)
@pytest.mark.parametrize("strength", [1, 9])
def test_operations_are_those_of_pillow(images, kind, strength):
    expected = np.asarray(PILLOW[kind](Image.fromarray(images[0]), strength)).astype("float32")
    image, number = tf.cast(images[0], "float32"), rand_augment.KINDS.index(kind)
    seen = rand_augment.recolour((image, tf.constant(number), tf.constant(float(strength))))
    view = rand_augment.move(tf.constant([number]), tf.constant([float(strength)]), (HEIGHT, WIDTH))
    seen = np.asarray(warp.bilinear(seen[None], view, (HEIGHT, WIDTH), fill=127.0))[0]
    distance = np.abs(np.round(seen) - expected).max(-1)
    # Pillow rounds within operations; where a rotated border lies is a matter of taste.
    assert np.mean(distance > 3) < 0.02, np.mean(distance > 3)


def test_the_view_says_where_every_pixel_came_from(images):
    grid = np.zeros((2, HEIGHT, WIDTH, 3), "float32")
    grid[..., 0], grid[..., 1] = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    for seed in range(12):
        strong = rand_augment.strong_view(images, tf.constant([seed, 1]))
        shown = np.asarray(rand_augment.visible(strong, (HEIGHT, WIDTH)))
        came_from = np.asarray(warp.nearest(grid, strong.view, (HEIGHT, WIDTH))).astype(int)
        for n in range(2):
            x0, y0, x1, y1 = np.asarray(strong.boxes[n])
            assert 0 <= x0 < x1 <= WIDTH and 0 <= y0 < y1 <= HEIGHT and not shown[n, y0:y1, x0:x1].any()
            np.testing.assert_array_equal(strong.images[n, y0:y1, x0:x1], 127)
        assert (came_from[..., 0][shown] < WIDTH).all()
    assert np.isfinite(strong.images).all() and 0 <= np.min(strong.images) and np.max(strong.images) <= 255


def test_without_colours_the_strong_view_shows_the_moved_image(images, monkeypatch):
    monkeypatch.setattr(rand_augment, "recolour", lambda drawn: drawn[0])
    for seed in range(6):
        strong = rand_augment.strong_view(images, tf.constant([seed, 2]))
        shown = np.asarray(rand_augment.visible(strong, (HEIGHT, WIDTH)))
        expected = np.asarray(warp.bilinear(images, strong.view, (HEIGHT, WIDTH)))
        np.testing.assert_allclose(np.asarray(strong.images)[shown], expected[shown], atol=1e-3)


@pytest.mark.slow
@pytest.mark.ci
def test_the_same_seed_gives_the_same_view_and_others_differ(images):
    one, same, other = (rand_augment.strong_view(images, tf.constant(seed)) for seed in ([1, 2], [1, 2], [1, 3]))
    np.testing.assert_array_equal(one.images, same.images)
    assert np.abs(one.images - other.images).max() > 1
    compiled = tf.function(rand_augment.strong_view)(images, tf.constant([1, 2]))
    np.testing.assert_allclose(one.images, compiled.images, atol=1e-3)


def test_boxes_are_rounded_down_to_cells():
    boxes = tf.constant([[4, 4, 12, 16], [8, 0, 16, 9]])
    cells = np.asarray(rand_augment.in_boxes(boxes, (8, 6), (32, 24))).astype(int)
    expected = np.zeros((2, 8, 6), int)
    expected[0, 1:4, 1:3], expected[1, 0:2, 2:4] = 1, 1
    np.testing.assert_array_equal(cells, expected)
