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
    assert len(street.shadows) == 1
    rows, columns = np.nonzero(draw_things(painter(), street) == VEGETATION)
    assert columns.mean() > 90 and rows.min() < 60 < rows.max()


def test_no_shadow_without_sun():
    street = scene()
    street.light = dataclasses.replace(street.light, shadow=1.0)
    greenery.tree(street, random.Random(1), 1, 4.0, 15.0, (6, 6))
    assert not street.shadows
