"""Times of frames: from 0, growing, and going on where a recorder set its clock anew."""

from fractions import Fraction

import pytest

from keras_uda.predict.video.clock import Clock


@pytest.mark.parametrize(
    ("times", "jumps", "expected"),
    [
        ([0, 1, 2], False, [0, 1, 2]),
        ([18000, 18001, 18004], True, [0, 1, 4]),  # the clock of a broadcast; a variable rate
        ([-3, -2, -1], False, [0, 1, 2]),
        ([None, None, None], False, [0, 0.5, 1]),  # raw streams: by the rate
        ([None, 7, 8], False, [0, 0.5, 1.5]),
        ([0, 1, 1, 2], False, [0, 1, 1.5, 2]),  # a time that is there twice
        ([0, 1, 0.75, 2], False, [0, 1, 1.5, 2]),  # and one out of order
        ([50, 51, 0, 1], False, [0, 1, 1.5, 2.5]),  # set back: two recordings in one file
        ([0, 1, 500, 501], True, [0, 1, 1.5, 2.5]),  # set forward, in a format where that happens
        ([0, 1, 500, 501], False, [0, 1, 500, 501]),  # elsewhere a frame stands so long
        ([0, 9, 18], True, [0, 9, 18]),  # a time lapse
    ],
)
def test_seconds(times, jumps, expected):
    clock = Clock(Fraction(2), jumps)
    assert [clock.seconds(None if time is None else Fraction(time)) for time in times] == expected
