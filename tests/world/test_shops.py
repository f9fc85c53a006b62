"""Shops: awnings and signs are part of the building, goods of no class, as often as the look says."""

import dataclasses
import random

import numpy as np

from keras_uda.world import clutter
from keras_uda.world import shops
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def shop(awnings, goods):
    street = scene()
    street.look = dataclasses.replace(street.look, awnings=awnings, goods=goods)
    for seed in range(10):
        shops.front_of(street, random.Random(seed), 1, 5.0, 6.0, 14.0)
    return street


def test_awnings_and_signs_belong_to_the_building():
    street = shop(1.0, 0.0)
    assert len(street.things) == 20
    view = painter()
    view.canvas[..., 3] = 99
    assert set(np.unique(draw_things(view, street))) == {2, 99}


def test_goods_belong_to_no_class():
    street = shop(0.0, 1.0)
    assert len(street.things) == 20 and all(kind is clutter.box for _, kind, _ in street.things)


def test_a_house_without_a_shop_has_nothing_before_it():
    assert not shop(0.0, 0.0).things
