"""What stands on the pavement: in its place, on its side, as often as the look says."""

import dataclasses
import random

import numpy as np

from keras_uda.world import furniture
from keras_uda.world import objects
from keras_uda.world.appearance import SIM
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def along(side, seed=0, **look):
    street = scene()
    street.look = dataclasses.replace(SIM, **look)
    furniture.along_kerb(street, random.Random(seed), side, 10.0, 34.0, junction=False)
    return street


def test_a_count_has_its_expectation():
    draw = random.Random(0)
    counts = [furniture.count(draw, 2.3) for _ in range(2000)]
    assert set(counts) == {2, 3} and abs(np.mean(counts) - 2.3) < 0.05


def test_things_stand_on_their_side_of_the_road():
    for side in (-1, 1):
        for seed in range(10):
            street = along(side, seed)
            assert all(side * properties["x"] >= street.layout.edge[side] for _, _, properties in street.things)


def test_lamps_and_people_come_as_often_as_the_look_says():
    none = {"trees": 0.0, "lamps": 0.0, "signs": 0.0, "people": 0.0, "cyclists": 0.0, "clutter": 0.0, "works": 0.0}
    kinds = [thing[1] for seed in range(30) for thing in along(1, seed, **none).things]
    assert set(kinds) <= {objects.fence}
    kinds = [thing[1] for seed in range(60) for thing in along(1, seed, **{**none, "people": 2.5}).things]
    groups = 60 * 2.5 * 0.6
    assert 1.7 * groups < kinds.count(objects.person) < 2.6 * groups


def test_road_works_belong_to_no_class_and_may_have_a_worker():
    street = scene()
    for seed in range(6):
        furniture.road_works(street, random.Random(seed), 1, 8.0)
    view = painter()
    view.canvas[..., 3] = 99
    assert {255} <= set(np.unique(draw_things(view, street))) <= {255, 11, 99}


def test_parked_cycles_have_no_riders():
    for seed in range(10):
        street = scene()
        furniture.parked_cycles(street, random.Random(seed), -1, 8.0)
        assert street.things and all(not p["ridden"] and p["x"] < 0 for _, _, p in street.things)
