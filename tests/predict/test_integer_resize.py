"""The resize of the clients, in whole numbers, is its equation."""

import numpy as np
import pytest

from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map

SHAPES = [((54, 96), (19, 25)), ((33, 65), (48, 64)), ((1, 1), (3, 5)), ((7, 5), (8, 9)), ((12, 16), (12, 16))]


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_resize_is_half_pixel_bilinear(before, after):
    frame = np.random.default_rng(before[0]).integers(0, 256, (*before, 3)).astype("uint8")
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
    rows = [int((row + 0.5) * before[0] / after[0]) for row in range(after[0])]
    columns = [int((column + 0.5) * before[1] / after[1]) for column in range(after[1])]
    np.testing.assert_array_equal(resize_map(label, after[::-1]), label[np.ix_(rows, columns)])
