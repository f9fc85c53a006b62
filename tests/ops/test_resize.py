"""Resizing: the sampling grids, written slowly, and the published values."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.ops.resize import half_pixel
from keras_uda.ops.resize import nearest
from keras_uda.ops.resize import upsample
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def bilinear(image, size, coordinate):
    """Bilinear samples of (h, w, channels) at `coordinate(index, small, large)`, clamped to the image."""
    out = np.zeros((*size, image.shape[2]))
    for i, j in np.ndindex(*size):
        y, x = (
            np.clip(coordinate(index, small, large), 0, small - 1)
            for index, small, large in zip((i, j), image.shape, size, strict=False)
        )
        top, left = int(y), int(x)
        bottom, right = min(top + 1, image.shape[0] - 1), min(left + 1, image.shape[1] - 1)
        upper = (1 - (x - left)) * image[top, left] + (x - left) * image[top, right]
        lower = (1 - (x - left)) * image[bottom, left] + (x - left) * image[bottom, right]
        out[i, j] = (1 - (y - top)) * upper + (y - top) * lower
    return out


@pytest.mark.parametrize("size", [(9, 13), (3, 2)])
@pytest.mark.parametrize(
    ("resize", "coordinate"),
    [
        (upsample, lambda i, small, large: i * (small - 1) / (large - 1)),
        (half_pixel, lambda i, small, large: (i + 0.5) * small / large - 0.5),
    ],
)
def test_bilinear_matches_its_equation(resize, coordinate, size):
    images = np.random.default_rng(0).normal(size=(1, 4, 5, 2)).astype("float32")
    np.testing.assert_allclose(resize(images, size)[0], bilinear(images[0], size, coordinate), atol=1e-5)


def test_nearest_matches_its_equation():
    labels = np.arange(35, dtype="uint8").reshape(1, 5, 7)
    expected = [[labels[0, i * 5 // 3, j * 7 // 11] for j in range(11)] for i in range(3)]
    np.testing.assert_array_equal(nearest(labels, (3, 11))[0], expected)


def test_size_is_that_of_a_tensor_even_if_it_is_unknown_while_tracing():
    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 2)), tf.TensorSpec((1, None, None, 3))])
    def resized(maps, images):
        return upsample(maps, images)

    assert resized(tf.zeros((1, 2, 3, 2)), tf.zeros((1, 7, 9, 3))).shape == (1, 7, 9, 2)


def test_low_precision_comes_out_as_float32():
    assert upsample(tf.zeros((1, 2, 2, 1), "bfloat16"), (4, 4)).dtype == "float32"


def test_published_values():
    arrays, meta = load_vectors("resize")
    small, large = (tf.constant(arrays[key]) for key in ("in_small", "in_large"))
    for name, resize in (("ac_true", upsample), ("ac_false", half_pixel)):
        with tf.GradientTape() as tape:
            tape.watch(small)
            up = resize(small, large)
            total = tf.reduce_sum(up * large)
        assert_matches(up, arrays, meta, f"out_up_{name}")
        assert_matches(tape.gradient(total, small), arrays, meta, f"grad_up_{name}")
        assert_matches(resize(large, small), arrays, meta, f"out_down_{name}")
    assert_matches(nearest(small, large), arrays, meta, "out_up_nearest")
    assert_matches(nearest(arrays["in_labels"], small), arrays, meta, "out_labels_down_nearest")


def test_published_values_for_a_scale_factor():
    arrays, meta = load_vectors("resize")
    large = arrays["in_large"]
    height, width = size = tuple(side // 4 for side in large.shape[1:3])
    assert_matches(upsample(large, size), arrays, meta, "out_down_quarter_ac_true")
    # PyTorch scales by the factor itself, not by the ratio of the rounded sizes: what remains at the end is cut off.
    cut = (slice(None), slice(4 * height), slice(4 * width))
    assert_matches(half_pixel(large[cut], size), arrays, meta, "out_down_quarter_ac_false")
    labels = nearest(arrays["in_labels"][cut], size)
    assert_matches(labels, arrays, meta, "out_labels_quarter_nearest")
