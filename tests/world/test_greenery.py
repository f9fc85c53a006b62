"""Hedges and trees: vegetation where it was asked for, and its shadow."""

import dataclasses
import random

import numpy as np

from keras_uda.world import greenery
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene

VEGETATION = 8


def test_a_hedge_is_as_high_as_asked():
    tops = []
    for height in (1.0, 4.0):
        street = scene()
        greenery.green(street, random.Random(1), -1, 12.0, 20.0, height, 0.1)
        rows, columns = np.nonzero(draw_things(painter(), street) == VEGETATION)
        tops.append(rows.min())
        assert columns.max() < 80  # on the left
    assert tops[1] < tops[0]


def test_a_tree_stands_where_it_should_with_its_shadow():
    street = scene()
    street.light = dataclasses.replace(street.light, shadow=0.5)
    greenery.tree(street, random.Random(1), 1, 4.0, 15.0, (6, 6))
    ((distance, _, properties),) = street.things
    assert (distance, properties["x"], properties["height"]) == (15.0, 4.0, 6.0)
    assert street.shadows
    rows, columns = np.nonzero(draw_things(painter(), street) == VEGETATION)
    assert columns.mean() > 90 and rows.min() < 60 < rows.max()


def shelves(**look):
    street = scene()
    street.look = dataclasses.replace(street.look, **look)
    draw = random.Random(0)
    for _ in range(60):
        greenery.tree(street, draw, 1, 4.0, 15.0, (6, 6))
    return {properties["shelf"] for _, _, properties in street.things}


def test_seasons_say_which_trees_stand():
    assert shelves(bare=1.0) == {"bare"}
    assert shelves(bare=0.0, evergreen=1.0) == {"conifers"}
    assert shelves(bare=0.0, evergreen=0.0, sparse=1.0) == {"sparse"}
    assert shelves(bare=0.0, evergreen=0.0, sparse=0.0) == {"crowns"}


def test_an_avenue_has_trees_in_one_distance():
    street = scene()
    street.look = dataclasses.replace(street.look, avenue=0.0)
    greenery.avenue(street, 0, 0.0, 48.0)
    assert not street.things
    street.look = dataclasses.replace(street.look, avenue=1.0)
    greenery.avenue(street, 0, 0.0, 48.0)
    sides = {-1: [], 1: []}
    for z, _, properties in street.things:
        sides[1 if properties["x"] > 0 else -1].append(z)
        assert abs(properties["x"]) > street.layout.edge[1 if properties["x"] > 0 else -1]
    steps = np.diff(max(sides.values(), key=len))
    assert len(steps) >= 3 and steps.max() < 1.4 * steps.min()


def test_climbing_leaves_cover_part_of_a_wall():
    street = scene()
    greenery.climbing(street, random.Random(2), 1, 5.0, 10.0, 20.0, 8.0)
    labels = draw_things(painter(), street)
    assert 0 < np.mean(labels == VEGETATION) < 0.3
    assert np.nonzero(labels == VEGETATION)[1].min() > 80
