"""The photometric change of DACS: the values of kornia before 0.6, and what a draw may give."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment import photometric
from keras_uda.augment.photometric import Amounts
from tests.conftest import assert_matches
from tests.conftest import load_vectors


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3)).astype("float32")


def seeds(count):
    return [tf.constant([seed, 7]) for seed in range(count)]


def test_jitter_equals_that_of_kornia():
    arrays, meta = load_vectors("photometric_kornia")
    images = tf.constant(arrays["in_images"])
    values = [tf.constant(arrays[f"in_{name}"]) for name in ("brightness", "contrast", "saturation", "hue")]
    for change, amount in zip(photometric.CHANGES, values, strict=True):
        changed = [change(image, one) for image, one in zip(images, amount, strict=True)]
        assert_matches(changed, arrays, meta, f"out_{change.__name__}")
    amounts = Amounts(*values, tf.constant(arrays["in_order"]))
    assert_matches(photometric.jitter(images, amounts), arrays, meta, "out_all")
    assert_matches(tf.function(photometric.jitter)(images, amounts), arrays, meta, "out_all")


def test_blur_equals_that_of_kornia():
    arrays, meta = load_vectors("photometric_kornia")
    assert_matches([photometric.kernel_side(int(n)) for n in arrays["in_side"]], arrays, meta, "out_kernel_size")
    for k, sigma in enumerate(arrays["in_blur_sigma"]):
        image = arrays[f"in_blur_image_{k}"]
        sides = [photometric.kernel_side(n) for n in image.shape[1:3]]
        np.testing.assert_array_equal(sides, arrays["out_blur_kernel_size"][k])
        row = photometric.kernel_row(sides[0], tf.constant([sigma]))[0]
        assert_matches(row, arrays, meta, f"out_kernel_rows_{k}")
        assert_matches(photometric.blur(tf.constant(image), tf.constant([sigma])), arrays, meta, f"out_blur_{k}")


def test_every_image_is_blurred_by_its_own_sigma(images):
    sigma = tf.constant([0.2, 0.7, 1.1])
    together = photometric.blur(tf.constant(images), sigma)
    alone = [photometric.blur(tf.constant(images[k : k + 1]), sigma[k : k + 1])[0] for k in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_the_change_stays_a_colour_and_differs_by_seed(images):
    changed = [np.asarray(photometric.colour_and_blur(images, seed)) for seed in seeds(6)]
    assert all(one.shape == images.shape and one.min() >= 0 and one.max() <= 255.001 for one in changed)
    assert len({one.tobytes() for one in changed}) > 3


def test_chances_decide_for_the_whole_batch(images):
    never = photometric.colour_and_blur(images, tf.constant([0, 0]), jitter_chance=0.0, blur_chance=0.0)
    np.testing.assert_array_equal(never, images)
    kept = [
        np.array_equal(photometric.colour_and_blur(images, seed, jitter_chance=0.6, blur_chance=0.0), images)
        for seed in seeds(60)
    ]
    assert 0.2 < np.mean(kept) < 0.6


def test_amounts_are_drawn_in_their_ranges_and_orders_vary():
    amounts = photometric.draw_amounts(400, 0.2, tf.constant([1, 2]))
    for values, middle in zip(amounts[:4], (0.0, 1.0, 1.0, 0.0), strict=True):
        away = np.asarray(values) - middle
        assert np.abs(away).max() <= 0.2 and away.min() < -0.19 and away.max() > 0.19 and abs(away.mean()) < 0.03
    orders = {tuple(order) for order in np.asarray(amounts.order)}
    assert len(orders) == 24 and all(sorted(order) == [0, 1, 2, 3] for order in orders)


def test_everything_that_is_drawn_comes_from_one_function(images, monkeypatch):
    number = len(images)
    still = Amounts(
        tf.zeros(number), tf.ones(number), tf.ones(number), tf.zeros(number), tf.tile([[0, 1, 2, 3]], [3, 1])
    )
    brighter = still._replace(brightness=tf.constant([0.1, 0.2, 0.3]))
    drawn = photometric.Change(tf.constant(True), tf.constant(False), brighter, tf.ones(number))
    monkeypatch.setattr(photometric, "draw_change", lambda *a: drawn)
    changed = photometric.colour_and_blur(images, tf.constant([0, 0]))
    expected = np.minimum(images + 255 * np.array([0.1, 0.2, 0.3])[:, None, None, None], 255)
    np.testing.assert_allclose(changed, expected, atol=0.01)
