"""The resize of the clients, in whole numbers, is its equation."""

import numpy as np
import pytest

from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map

SHAPES = [((54, 96), (19, 25)), ((33, 65), (48, 64)), ((1, 1), (3, 5)), ((7, 5), (8, 9)), ((12, 16), (12, 16))]
SHAPES += [((40, 13), (7, 26)), ((100, 150), (1, 2))]


def weights_of(before: int, after: int) -> np.ndarray:
    """The equation of the docstring, (after, before)."""
    rows, columns = np.arange(after)[:, None] + 0.5, np.arange(before) + 0.5
    raw = np.maximum(0, 1 - np.abs(columns - rows * before / after) / max(1, before / after))
    return raw / raw.sum(1, keepdims=True)


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_resize_is_antialiased_bilinear_with_half_pixel_centres(before, after):
    frame = np.random.default_rng(before[0]).integers(0, 256, (*before, 3)).astype("uint8")
    expected = np.einsum("yh,hwc,xw->yxc", weights_of(before[0], after[0]), frame, weights_of(before[1], after[1]))
    np.testing.assert_allclose(resize_frame(frame, after[::-1]), expected, atol=0.75)  # half a level and the weights


def test_enlarging_is_plain_bilinear():
    frame = np.array([[0, 200]], "uint8")[..., None].repeat(3, -1)
    assert resize_frame(frame, (4, 1))[0, :, 0].tolist() == [0, 50, 150, 200]


def test_fine_stripes_become_grey_instead_of_noise():
    stripes = np.tile(np.array([0, 255], "uint8"), 320)[None, :, None].repeat(360, 0).repeat(3, -1)
    small = resize_frame(stripes, (96, 54))
    assert abs(small[:, 1:-1].astype(int) - 127).max() <= 12  # without antialiasing: from 0 to 255


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_nearest_takes_the_pixel_under_the_centre_and_invents_no_class(before, after):
    label = np.random.default_rng(0).integers(0, 19, before).astype("uint8")
    rows = [int((row + 0.5) * before[0] / after[0]) for row in range(after[0])]
    columns = [int((column + 0.5) * before[1] / after[1]) for column in range(after[1])]
    np.testing.assert_array_equal(resize_map(label, after[::-1]), label[np.ix_(rows, columns)])
