"""Margins against the released code."""

import numpy as np

from keras_uda.ops.margins import inside_margins
from keras_uda.ops.margins import inside_margins_of_crops
from tests import vectors_of_scales
from tests.conftest import assert_matches


def test_they_are_those_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    valid = np.asarray(inside_margins(arrays["out_valid_mask"].shape, arrays["in_margins"].tolist()))
    assert_matches(valid.astype("int32"), arrays, meta, "out_valid_mask")
    top, bottom, left, right = arrays["in_crop"]
    assert_matches(arrays["in_pseudo_weight"] * valid[top:bottom, left:right], arrays, meta, "out_pseudo_weight")


def test_crops_have_what_lies_inside_the_whole_image():
    arrays, meta = vectors_of_scales.load()
    rows, columns = arrays["out_valid_mask"].shape
    shares = arrays["in_margins"] / np.array([rows, rows, columns, columns])
    whole = inside_margins_of_crops((rows, columns), np.zeros((1, 4), int), shares.tolist())
    assert_matches(np.asarray(whole)[0].astype("int32"), arrays, meta, "out_valid_mask")
    top, bottom, left, right = arrays["in_crop"]
    border = np.array([[top, rows - bottom, left, columns - right]])
    valid = np.asarray(inside_margins_of_crops((bottom - top, right - left), border, shares.tolist()))
    assert_matches(arrays["in_pseudo_weight"] * valid, arrays, meta, "out_pseudo_weight")


def test_a_margin_of_nothing_and_one_beyond_the_image():
    assert np.asarray(inside_margins((3, 4), (0, 0, 0, 0))).all()
    assert not np.asarray(inside_margins((3, 4), (0, 5, 0, 0))).any()
