"""Where the camera is and how it looks."""

import random

import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.layout import draw_layout
from keras_uda.world.viewpoint import draw_camera

LOOKS = pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)


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
