"""The sky and the far end of the street."""

import dataclasses

import numpy as np
import pytest

from keras_uda.world import ground
from keras_uda.world import sky
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import scene

SKY = 10


def drawn(clouds=-1.0, **changes):
    view, street = painter(**changes), scene()
    light = dataclasses.replace(street.light, sky=((0, 0, 250), (250, 250, 250)), clouds=clouds, cloud=(90, 100, 110))
    sky.draw_sky(view, light, street.atlas.cloud, (0, 0))
    return view


def test_the_sky_covers_everything_and_turns_from_zenith_to_horizon():
    view = drawn()
    assert (classes_of(view) == SKY).all()
    assert view.canvas[0, 0, 0] < 5 and view.canvas[70, 0, 0] > 240


def test_clouds_cover_more_the_stronger_they_are():
    clear = drawn().canvas.astype(int)
    changes = []
    for clouds in (-0.3, 0.5, 1.0, 3.0):
        view = drawn(clouds)
        assert (classes_of(view) == SKY).all()
        changes.append(np.abs(view.canvas - clear).mean())
    assert changes == sorted(changes) and changes[0] < 0.2 * changes[-1]
    np.testing.assert_allclose(drawn(3.0).canvas[:60, :, :3].reshape(-1, 3).mean(axis=0), (90, 100, 110), atol=2)


def test_a_backdrop_hides_the_end_of_the_road():
    view = painter()
    sky.draw_backdrop(view, [10.0] * 8, (50, 60, 40), 8)
    labels = classes_of(view)
    assert np.mean(labels[60] == 8) > 0.95 and (labels[30] == 255).all() and (labels[90] == 255).all()


def test_a_skyline_goes_across_the_whole_picture_in_the_heights_that_were_drawn():
    heights = [4.0, 8.0, 12.0, 6.0] * 6
    for roofs in (False, True):
        across, tops = sky.crest(heights, roofs)
        assert across[0] == 0 and across[-1] > 0.99 and (np.diff(across) >= 0).all()
        assert 0.7 * min(heights) < tops.min() and tops.max() < max(heights) + 1.6


SLOPES = [{"hill": -0.0008}, {"hill": 0.0008}, {"roll": 0.05}, {"hill": -0.0005, "roll": -0.05}]


@pytest.mark.parametrize("changes", SLOPES)
def test_no_sky_shows_below_the_skyline(changes):
    view, street = painter(**changes), scene()
    sky.draw_sky(view, street.light, street.atlas.cloud, (0, 0))
    sky.draw_backdrop(view, [8.0] * 24, (50, 60, 40), 8)
    ground.draw_ground(view, street.layout, street.atlas.ground, 0.0, 0.5)
    sky_rows = classes_of(view) == SKY
    assert (np.diff(sky_rows.astype(int), axis=0) <= 0).all()  # from the top downwards: sky, then never again
