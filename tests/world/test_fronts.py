"""What bounds a garden: one kind in each street, between pavement and house, only where there is a garden."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import fronts
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def street_with(kind, garden=3.0):
    street = scene()
    street.look = dataclasses.replace(street.look, fronts={kind: 1} if kind else {})
    street.layout.property[1] = street.layout.edge[1] + street.layout.pavement[1] + garden
    fronts.before(street, random.Random(0), 1, 6.0, 30.0)
    return street


@pytest.mark.parametrize("kind, train_id", [("low_wall", 3), ("railing", 4), ("hedge", 8)])
def test_a_boundary_has_its_class_and_gates(kind, train_id):
    street = street_with(kind)
    assert train_id in np.unique(draw_things(painter(), street))
    outer = street.layout.edge[1] + street.layout.pavement[1]
    assert len(street.things) > 1 and all(outer <= p["x"] <= outer + 0.5 for _, _, p in street.things)
    assert sum(p["z1"] - p["z0"] for _, _, p in street.things) < 23.5


def test_no_boundary_without_a_garden_or_a_kind():
    assert not street_with("low_wall", garden=0.3).things and not street_with("none").things
    assert not street_with(None).things
