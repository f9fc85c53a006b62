"""Every range has both ends where it says."""

import math

import pytest
from pydantic import TypeAdapter
from pydantic import ValidationError

from keras_uda.config import ranges

ENDS = {
    "Share": ([0, 1, 0.5], [-1e-9, 1 + 1e-9]),
    "OpenShare": ([1e-9, 1], [0, 1.1]),
    "HalfShare": ([0, 0.5], [-1e-9, 0.51]),
    "BelowOne": ([0, 0.999], [-0.1, 1]),
    "Weight": ([0, 1e9], [-1e-9, 1.1e9]),
    "Positive": ([1e-9, 1e9], [0, 1.1e9]),
    "Count": ([0, 10**9], [-1, 10**9 + 1]),
    "Steps": ([1, 10**9], [0]),
    "Width": ([1, 65536], [0, 65537]),
    "Depth": ([1, 8], [0, 9]),
    "Chances": ([(0, 1)], [(0,), (0, 0, 0), (0, 2)]),
    "Crop": ([(), (0.5, 1)], [(0,), (1, 1, 1)]),
    "Levels": ([(), (0, 5)], [(-1,)]),
    "PerClass": ([(), (0, 1)], [(2,)]),
    "Dilations": ([(1,), (6, 12)], [(), (0,)]),
}


@pytest.mark.parametrize("name", ENDS)
def test_ends(name):
    adapter, (inside, outside) = TypeAdapter(getattr(ranges, name)), ENDS[name]
    for value in inside:
        adapter.validate_python(value)
    for value in [*outside, math.nan, math.inf, "1"]:
        with pytest.raises(ValidationError):
            adapter.validate_python(value, strict=True)
