"""Weights of the levels of a segmenter."""

import pytest

from keras_uda.methods.common.levels import weighted_sum


def test_every_level_needs_a_weight():
    assert weighted_sum((1.0, 0.5), [2.0]) == 2.0
    with pytest.raises(ValueError, match=r"2 levels but there are 1 weights, \[1.0\]"):
        weighted_sum((1.0,), [2.0, 3.0])
