"""The cross-section of a street."""

import random

import numpy as np
import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.layout import draw_layout
from keras_uda.world.layout import vary

LOOKS = pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)


def test_a_varied_colour_stays_near_and_is_a_colour():
    draw = random.Random(0)
    colours = np.array([vary(draw, (120, 80, 250), 0.1) for _ in range(500)])
    assert colours.min() >= 2 and colours.max() <= 255 and len(np.unique(colours, axis=0)) > 400
    np.testing.assert_allclose(colours.mean(axis=0), (120, 80, 245), rtol=0.05)
    np.testing.assert_array_equal(vary(draw, (120, 80, 250), 0.0), (120, 80, 250))


@LOOKS
def test_lanes_lie_on_the_carriageway_and_each_side_has_its_parts_in_order(look):
    for seed in range(40):
        layout = draw_layout(random.Random(seed), look)
        for x, direction in layout.lanes:
            side = 1 if x > 0 else -1
            assert abs(x) + layout.lane / 2 <= layout.edge[side] and direction == (1 if side == layout.keep else -1)
        for side in (-1, 1):
            assert layout.edge[side] < layout.edge[side] + layout.pavement[side] <= layout.property[side]
