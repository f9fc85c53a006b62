"""What a segmenter says of an image and of its mirror image."""

import keras
import numpy as np

from keras_uda.evaluation.mirror import mirror_confusion
from keras_uda.evaluation.mirror import two_views


def by_colour() -> keras.Model:
    """Two classes: whether a pixel is bright."""
    image = keras.Input((None, None, 3))
    level = image[..., :1] - 127.5
    return keras.Model(image, {"logits": keras.layers.Concatenate()([-level, level])})


def by_place() -> keras.Model:
    """Two classes: the left half, the right half, whatever is there."""
    image = keras.Input((8, 8, 3))
    left = keras.layers.ZeroPadding2D(((0, 0), (0, 4)))(0 * image[:, :, :4, :1] + 1.0)
    return keras.Model(image, {"logits": keras.layers.Concatenate()([left, 0.5 + 0 * image[..., :1]])})


def frames(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3)).astype("uint8")


def test_a_segmenter_that_looks_at_the_pixel_says_the_same_of_both():
    views = list(two_views(by_colour(), frames(2)))
    assert len(views) == 2
    for (label_map, mirrored), image in zip(views, frames(2), strict=True):
        np.testing.assert_array_equal(label_map, image[..., 0] > 127)
        np.testing.assert_array_equal(mirrored, label_map)
        assert label_map.dtype == mirrored.dtype == np.uint8


def test_a_segmenter_that_looks_at_the_place_contradicts_itself():
    ((label_map, mirrored),) = two_views(by_place(), frames(1))
    np.testing.assert_array_equal(label_map[0], [0, 0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(mirrored, 1 - label_map)
    np.testing.assert_array_equal(mirror_confusion(by_place(), frames(3), 2), [[0, 96], [96, 0]])
