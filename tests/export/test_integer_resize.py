"""The resize inside the graph and the one of the clients give the same bytes, and both are the equation."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.export.integer_resize import nearest_back
from keras_uda.export.integer_resize import resize_frames
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map

SHAPES = [((54, 96), (19, 25)), ((33, 65), (48, 64)), ((1, 1), (3, 5)), ((7, 5), (8, 9)), ((12, 16), (12, 16))]


def picture(height, width):
    return np.random.default_rng(height).integers(0, 256, (height, width, 3)).astype("uint8")


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_graph_and_client_resize_to_the_same_bytes(before, after):
    frame = picture(*before)
    in_graph = tf.function(lambda f: resize_frames(f, *after))(frame[None])[0]
    np.testing.assert_array_equal(resize_frame(frame, after[::-1]), in_graph)


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_resize_is_half_pixel_bilinear(before, after):
    frame = picture(*before)
    expected = np.empty((*after, 3))
    for row, column in np.ndindex(*after):
        y = np.clip((row + 0.5) * before[0] / after[0] - 0.5, 0, before[0] - 1)
        x = np.clip((column + 0.5) * before[1] / after[1] - 0.5, 0, before[1] - 1)
        top, left = int(y), int(x)
        bottom, right = min(top + 1, before[0] - 1), min(left + 1, before[1] - 1)
        upper = frame[top, left] * (1 - x + left) + frame[top, right] * (x - left)
        lower = frame[bottom, left] * (1 - x + left) + frame[bottom, right] * (x - left)
        expected[row, column] = upper * (1 - y + top) + lower * (y - top)
    np.testing.assert_allclose(resize_frame(frame, after[::-1]), expected, atol=0.75)  # half a level and the weights


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_nearest_takes_the_pixel_under_the_centre_and_invents_no_class(before, after):
    label = np.random.default_rng(0).integers(0, 19, before).astype("uint8")
    expected = np.array(
        [
            [
                label[int((r + 0.5) * before[0] / after[0]), int((c + 0.5) * before[1] / after[1])]
                for c in range(after[1])
            ]
            for r in range(after[0])
        ]
    )
    np.testing.assert_array_equal(resize_map(label, after[::-1]), expected)
    np.testing.assert_array_equal(nearest_back(label[None], list(after))[0], expected)
