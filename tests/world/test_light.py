"""Sky, sun and haze."""

import dataclasses
import random

import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.light import draw_light
from tests.world.street import scene

LOOKS = pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)


@LOOKS
def test_light_stays_in_the_ranges_of_the_look(look):
    lights = [draw_light(random.Random(seed), look) for seed in range(100)]
    assert all(0 <= light.density <= look.haze[1] and light.shadow <= 1 for light in lights)
    assert all(light.shade[-1] != light.shade[1] for light in lights)  # the sun comes from one side
    assert any(light.rain for light in lights) == (look.lens.rain > 0)
    assert all(light.wet for light in lights if light.rain) and any(light.wet for light in lights)
    assert any(light.shadow == 1 for light in lights) and any(light.shadow < 1 for light in lights)
    assert any(light.dusk for light in lights) == (look.name == "street")


def test_the_shadow_of_the_opposite_houses_lies_on_walls_in_the_sun():
    light = dataclasses.replace(scene().light, sun=(1.0, 0.5), shade={1: 0.5, -1: 1.2, 0: 1.0}, shadow=0.6, line=4.0)
    assert light.on_wall(1, 9.0) == ((0.0, 9.0, 0.5),)
    assert light.on_wall(-1, 9.0) == ((0.0, 4.0, 1.2 * 0.6), (4.0, 9.0, 1.2))
    assert light.on_wall(-1, 3.0) == ((0.0, 3.0, 1.2 * 0.6),)
    assert dataclasses.replace(light, line=0.0).on_wall(-1, 9.0) == ((0.0, 9.0, 1.2),)
