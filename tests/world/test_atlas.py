"""Pictures of a look: made once, the same in every process, and other ones for the other look."""

import numpy as np

from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.atlas import PHASES
from keras_uda.world.atlas import Atlas
from keras_uda.world.atlas import atlas


def test_pictures_are_made_once_for_a_look():
    assert atlas("sim") is atlas("sim") and atlas("sim") is not atlas("street")


def test_pictures_are_a_function_of_the_look():
    again = Atlas(SIM)
    for one, other in zip(atlas("sim").facades, again.facades, strict=True):
        np.testing.assert_array_equal(one.levels[0], other.levels[0])
    assert not np.array_equal(again.facades[0].levels[0], atlas("street").facades[0].levels[0])
    assert SIM.name != STREET.name


def test_somebody_walks():
    for steps in atlas("street").walkers[:6]:
        masks = [sprite.levels[0][1] for sprite in steps]
        assert len(masks) == PHASES and len({mask.tobytes() for mask in masks}) > 1


def test_the_ground_is_unchanged_on_average_and_keeps_the_class():
    ground = atlas("sim").ground
    assert abs(ground[..., :3].mean() - 128) < 3 and (ground[..., 3] == 128).all()


def test_fallen_leaves_colour_the_ground():
    litter = atlas("sim").litter.astype(int)
    assert (litter[..., 3] == 128).all() and 0.02 < np.mean(litter[..., 0] - litter[..., 2] > 40) < 0.4
