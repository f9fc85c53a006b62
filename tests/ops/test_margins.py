"""Margins against the released code."""

import numpy as np

from keras_uda.ops.margins import inside_margins
from tests import vectors_of_scales
from tests.conftest import assert_matches


def test_they_are_those_of_the_released_code():
    arrays, meta = vectors_of_scales.load()
    valid = np.asarray(inside_margins(arrays["out_valid_mask"].shape, arrays["in_margins"].tolist()))
    assert_matches(valid.astype("int32"), arrays, meta, "out_valid_mask")
    top, bottom, left, right = arrays["in_crop"]
    assert_matches(arrays["in_pseudo_weight"] * valid[top:bottom, left:right], arrays, meta, "out_pseudo_weight")


def test_a_margin_of_nothing_and_one_beyond_the_image():
    assert np.asarray(inside_margins((3, 4), (0, 0, 0, 0))).all()
    assert not np.asarray(inside_margins((3, 4), (0, 5, 0, 0))).any()
