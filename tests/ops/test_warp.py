"""Views: the released crop of features, and agreement of every way to look at the same place."""

import numpy as np
import tensorflow as tf

from keras_uda.ops import warp
from keras_uda.ops.resize import upsample
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import released_windows


def test_released_crop_of_features():
    arrays, meta = load_vectors("proda_prototypes")
    view, size = released_windows(meta)
    assert_matches(warp.bilinear(arrays["in_feat_full"], view, size), arrays, meta, "out_full2weak")


def test_the_whole_image_at_another_size_is_a_resize():
    maps = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    np.testing.assert_allclose(warp.bilinear(maps, warp.identity(2), (9, 13)), upsample(maps, (9, 13)), atol=1e-5)
    np.testing.assert_allclose(warp.bilinear(maps, warp.identity(2), (5, 7)), maps, atol=1e-6)


def test_labels_move_with_their_image():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (2, 6, 8, 1)).astype("float32")
    turned = warp.in_pixels(tf.constant([[[0.0, 1.0, 1.0], [1.0, 0.0, -1.0]]] * 2), (6, 8))  # whole pixels
    seen = np.asarray(warp.bilinear(image, turned, (6, 8), fill=-1.0))
    label = np.asarray(warp.nearest(image[..., 0].astype("uint8"), turned, (6, 8), fill=255))
    shown = np.asarray(warp.inside(turned, (6, 8), image))
    for n, row, column in np.ndindex(2, 6, 8):
        x, y = row + 1, column - 1
        if 0 <= x < 8 and 0 <= y < 6:
            assert shown[n, row, column]
            assert abs(seen[n, row, column, 0] - image[n, y, x, 0]) < 1e-2
            assert label[n, row, column] == image[n, y, x, 0]
        else:
            assert not shown[n, row, column] and seen[n, row, column, 0] == -1 and label[n, row, column] == 255


def test_two_maps_after_each_other_are_one():
    rng = np.random.default_rng(1)
    first, second = (tf.constant(rng.normal(size=(3, 2, 3)).astype("float32")) for _ in range(2))
    x = rng.uniform(size=(3, 2, 1)).astype("float32")

    def apply(view, place):
        return view[..., :2] @ place + view[..., 2:]

    np.testing.assert_allclose(apply(warp.after(first, second), x), apply(second, apply(first, x)), atol=1e-5)


def test_a_mirror_twice_is_the_image():
    flips = tf.constant([True, False])
    np.testing.assert_allclose(warp.after(warp.mirror(flips), warp.mirror(flips)), warp.identity(2), atol=1e-7)
    maps = np.arange(12.0, dtype="float32").reshape(2, 2, 3, 1)
    seen = np.asarray(warp.bilinear(maps, warp.mirror(flips), (2, 3)))
    np.testing.assert_allclose(seen[0], maps[0, :, ::-1], atol=1e-5)
    np.testing.assert_allclose(seen[1], maps[1], atol=1e-5)
