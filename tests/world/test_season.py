"""Seasons: one per street, colours from vivid to nearly grey."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.film import LUMA
from keras_uda.world.season import dress
from keras_uda.world.season import toned


def test_a_toned_colour_keeps_its_hue():
    colour = np.array((60.0, 120.0, 40.0))
    np.testing.assert_allclose(toned(colour, 1.0, 1.0), colour)
    assert np.ptp(toned(colour, 0.0, 1.0)) == pytest.approx(0, abs=1e-6)
    seen = np.array(toned(colour, 0.5, 0.8))
    assert seen @ LUMA == pytest.approx(0.8 * colour @ LUMA) and np.ptp(seen) == pytest.approx(0.4 * 80)


@pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)
def test_only_plants_change_with_the_season(look):
    dressed = [dress(random.Random(seed), look) for seed in range(60)]
    drawn = {"leaves", "evergreens", "grass", "bare", "sparse", "litter", "foliage", "paving", "asphalt"}
    for one in dressed:
        assert {f.name for f in dataclasses.fields(look) if getattr(one, f.name) != getattr(look, f.name)} <= drawn
    assert min(one.bare for one in dressed) < 0.2 and max(one.bare for one in dressed) > 0.6
    assert any(one.litter > 0 for one in dressed) and any(one.litter == 0 for one in dressed)


def test_leaves_of_the_source_go_from_vivid_to_nearly_grey():
    chroma = [max(np.ptp(leaf) for leaf in dress(random.Random(seed), SIM).leaves) for seed in range(100)]
    assert min(chroma) < 12 and max(chroma) > 70


def test_snow_lies_on_grass_pavement_and_road_of_some_streets_of_the_source():
    snowy = [one for one in (dress(random.Random(seed), SIM) for seed in range(400)) if one.paving != SIM.paving]
    assert 0.01 < len(snowy) / 400 < 0.08
    assert all(one.paving[1] > SIM.paving[1] and one.asphalt[1] > SIM.asphalt[1] and one.bare > 0.6 for one in snowy)
    assert all(dress(random.Random(seed), STREET).paving == STREET.paving for seed in range(100))
