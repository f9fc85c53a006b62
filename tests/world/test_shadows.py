"""Shadows: where the sun throws them, and only on colours."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import ground
from keras_uda.world import shadows
from tests.world.street import painter
from tests.world.street import scene


def with_sun(**changes):
    street = scene()
    street.light = dataclasses.replace(street.light, **({"shadow": 0.5, "sun": (1.0, 0.5), "bands": 1.0} | changes))
    return street


def with_ground():
    view, street = painter(), scene()
    return view, street, ground.draw_ground(view, street.layout, street.atlas.ground, 0.0, 0.5)


def test_shadows_darken_colours_and_leave_classes():
    view, _, (first, shown) = with_ground()
    before = view.canvas.copy()
    shadows.cast_shadows(view, [[(-2, 5), (2, 5), (2, 15), (-2, 15)]], 0.5, first, shown)
    np.testing.assert_array_equal(before[..., 3], view.canvas[..., 3])
    u, v = (int(place) for place in view.camera.point(0.0, 0.0, 8.0))
    assert view.canvas[v, u, 0] == pytest.approx(before[v, u, 0] / 2, abs=2)
    assert view.canvas[119, 2, 0] == before[119, 2, 0]


@pytest.mark.parametrize("shelf", ["bare", "crowns"])
def test_a_tree_throws_its_shadow_away_from_the_sun(shelf):
    street = with_sun()
    shadows.tree_shadow(street, random.Random(0), 4.0, 20.0, 6.0, 4.0, shelf)
    points = np.array([point for polygon in street.shadows for point in polygon])
    assert points[:, 0].min() < 0 and points[:, 1].max() > 21 and points[:, 0].max() < 6.5


def test_a_low_sun_throws_far_but_not_without_end():
    street = with_sun(sun=(9.0, 0.0))
    shadows.tree_shadow(street, random.Random(0), 4.0, 20.0, 12.0, 4.0, "crowns")
    assert -50 < min(x for polygon in street.shadows for x, _ in polygon) < -25


def test_bands_cross_the_road_from_the_side_of_the_sun():
    street = with_sun()
    for seed in range(20):
        shadows.cross_shadows(street, random.Random(seed), 10.0, 34.0)
    assert len(street.shadows) == 20
    assert all(polygon[0][0] == street.layout.property[1] for polygon in street.shadows)
    assert min(x for polygon in street.shadows for x, _ in polygon) < -street.layout.edge[-1] * 0.5


def test_no_shadow_without_sun():
    street = with_sun(shadow=1.0)
    shadows.tree_shadow(street, random.Random(0), 4.0, 20.0, 6.0, 4.0, "crowns")
    shadows.cross_shadows(street, random.Random(0), 10.0, 34.0)
    assert not street.shadows
