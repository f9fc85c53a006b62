"""Clutter belongs to no class, stands on the pavement, and has people where the street has people."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import clutter
from keras_uda.world import objects
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene

UNTOUCHED = 99


def put(kind, z=6.0, people=0.0):
    street = scene()
    street.look = dataclasses.replace(street.look, people=people)
    clutter.put(street, random.Random(1), kind, 1.5, z)
    return street


def labels_of(street):
    view = painter()
    view.canvas[..., 3] = UNTOUCHED
    return draw_things(view, street)


@pytest.mark.parametrize("kind", [*clutter.BOXES, "bench", "table"])
def test_a_thing_belongs_to_no_class(kind):
    assert set(np.unique(labels_of(put(kind)))) == {255, UNTOUCHED}
    assert set(np.unique(labels_of(put(kind, z=-30.0)))) == {UNTOUCHED}


def test_a_cone_belongs_to_no_class():
    view = painter()
    view.canvas[..., 3] = UNTOUCHED
    clutter.cone(view, None, scene().light, dict(x=0.5, z=4.0, height=0.8))
    assert set(np.unique(view.canvas[..., 3])) == {255, UNTOUCHED}


def test_people_sit_on_benches_where_there_are_people():
    def sitting(people):
        street = scene()
        street.look = dataclasses.replace(street.look, people=people)
        for seed in range(20):
            clutter.put(street, random.Random(seed), "bench", 1.5, 6.0)
        return [p for _, kind, p in street.things if kind is objects.person]

    assert not sitting(0.0) and len(sitting(1.0)) > 5 and all(p["phase"] is None for p in sitting(1.0))


@pytest.mark.parametrize("side", [-1, 1])
def test_it_stands_on_its_pavement(side):
    street = scene()
    street.look = dataclasses.replace(street.look, clutter=3.0, people=0.0)
    street.layout.pavement[side] = 4.0
    for seed in range(10):
        clutter.along_pavement(street, random.Random(seed), side, 5.0, 29.0)
    places = [side * p["x"] - street.layout.edge[side] for _, _, p in street.things]
    assert len(places) > 30 and min(places) > 0.2 and max(places) < 4.5
