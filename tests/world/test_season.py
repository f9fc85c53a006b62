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
    drawn = {"leaves", "evergreens", "grass", "bare", "sparse", "litter", "foliage"}
    for one in dressed:
        assert {f.name for f in dataclasses.fields(look) if getattr(one, f.name) != getattr(look, f.name)} <= drawn
    assert min(one.bare for one in dressed) < 0.2 and max(one.bare for one in dressed) > 0.6
    assert any(one.litter > 0 for one in dressed) and any(one.litter == 0 for one in dressed)


def test_leaves_of_the_source_go_from_vivid_to_nearly_grey():
    chroma = [max(np.ptp(leaf) for leaf in dress(random.Random(seed), SIM).leaves) for seed in range(100)]
    assert min(chroma) < 12 and max(chroma) > 70
