"""Where the camera is and how it looks: in a lane mostly, and as widely as the look says."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.layout import draw_layout
from keras_uda.world.viewpoint import draw_camera

LOOKS = pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)
SIZE = (256, 192)


def drawn(look, count=200):
    for seed in range(count):
        draw = random.Random(seed)
        layout = draw_layout(draw, look)
        yield layout, draw_camera(draw, look, SIZE, layout)


@LOOKS
def test_measures_stay_in_the_ranges_of_the_look(look):
    for _, camera in drawn(look):
        assert look.focal[0] <= camera.focal / SIZE[0] <= look.focal[1]
        assert look.horizon[0] <= camera.horizon / SIZE[1] <= look.horizon[1]
        assert look.elevation[0] <= camera.elevation <= look.elevation[1]


@LOOKS
def test_the_camera_drives_in_a_lane_of_its_direction_or_near_the_road(look):
    for wanted in (0.0, 1.0):
        away = []
        for layout, camera in drawn(dataclasses.replace(look, astray=wanted)):
            own = [x for x, direction in layout.lanes if direction == 1]
            away.append(min(abs(camera.lateral - x) for x in own))
            assert -layout.edge[-1] - 1 <= camera.lateral <= layout.edge[1] + 1
        assert max(away) <= 0.6 if wanted == 0 else np.mean(np.array(away) > 0.6) > 0.4


def test_the_source_turns_and_looks_up_and_down_as_dashcams_do():
    cameras = [camera for _, camera in drawn(SIM, 600)]
    low, high = np.percentile([camera.horizon / SIZE[1] for camera in cameras], (2, 98))
    assert low < 0.31 and high > 0.59
    assert 0.05 < np.mean([abs(camera.yaw) > 0.15 for camera in cameras]) < 0.3
    heights = [camera.elevation for camera in cameras]
    assert min(heights) < 0.95 and max(heights) > 2.6 and 1.2 < np.median(heights) < 1.8
