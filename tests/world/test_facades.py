"""Facades: windows in rows above a ground floor, in the measures of the style."""

import numpy as np
import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.facades import GLASS
from keras_uda.world.facades import HEIGHT
from keras_uda.world.facades import METRE
from keras_uda.world.facades import WALL
from keras_uda.world.facades import WIDTH
from keras_uda.world.facades import facade


def drawn(style, seed=0, **changes):
    return facade(np.random.default_rng(seed), {**style, **changes})


@pytest.mark.parametrize("style", [SIM.facade, STREET.facade], ids=["sim", "street"])
def test_measures_are_those_of_the_style(style):
    for seed in range(5):
        texture = drawn(style, seed)
        assert texture.levels[0].shape == (HEIGHT * METRE, WIDTH * METRE, 3)
        assert style["storey"][0] <= texture.extra["storey"] <= style["storey"][1]
        assert 2.8 <= texture.extra["ground"] <= 4.4


def test_windows_are_glass_in_a_wall():
    roles = drawn(SIM.facade, blind=0.0, bands=0.0).levels[0]
    glass, wall = (roles[..., role] > 0 for role in (GLASS, WALL))
    assert 0.05 < glass.mean() < 0.6 and wall.mean() > 0.2 and not (glass & wall).any()


def test_a_blind_facade_has_no_window_above_the_ground_floor():
    texture = drawn(SIM.facade, blind=1.0)
    upper = texture.levels[0][: int((HEIGHT - texture.extra["ground"]) * METRE) - 1]
    assert not (upper[..., GLASS] > 0).any()
