"""The cross-section of a street, its camera and its light."""

import random

import numpy as np
import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.layout import draw_camera
from keras_uda.world.layout import draw_layout
from keras_uda.world.layout import draw_light
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


@LOOKS
def test_the_camera_drives_in_a_lane_of_its_direction(look):
    for seed in range(40):
        draw = random.Random(seed)
        layout = draw_layout(draw, look)
        camera = draw_camera(draw, look, (256, 192), layout)
        own = [x for x, direction in layout.lanes if direction == 1]
        assert min(abs(camera.lateral - x) for x in own) <= 0.5
        assert look.focal[0] <= camera.focal / 256 <= look.focal[1]
        assert look.horizon[0] <= camera.horizon / 192 <= look.horizon[1]


@LOOKS
def test_light_stays_in_the_ranges_of_the_look(look):
    lights = [draw_light(random.Random(seed), look) for seed in range(100)]
    assert all(0 <= light.density <= look.haze[1] and light.shadow <= 1 for light in lights)
    assert all(light.shade[-1] != light.shade[1] for light in lights)  # the sun comes from one side
    assert any(light.wet for light in lights) == ("rain" in look.lens)
    assert any(light.dusk for light in lights) == (look.name == "street")
