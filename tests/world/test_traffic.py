"""Traffic and walkers: in their lanes, as many as the look says, moving by their speed."""

import dataclasses
import math
import random

import pytest

from keras_uda.world import objects
from keras_uda.world import traffic
from keras_uda.world.appearance import SIM
from tests.world.street import scene


def street_with(time=0.0, **look):
    street = scene(time=time)
    street.look = dataclasses.replace(SIM, **look)
    return street


def test_places_move_with_their_speed_and_never_end():
    now, later = (list(traffic.row(street_with(time), "lane 0", 13.0, 8.0, 6.0)) for time in (0.0, 0.5))
    places = [{round(z - 8.0 * time, 6) for _, z in row} for row, time in ((now, 0.0), (later, 0.5))]
    assert len(places[0] & places[1]) >= len(places[0]) - 1 and len(now) > 4
    for row in (now, later):
        assert all(-6.0 - 13 <= z <= traffic.AHEAD + 13 for _, z in row)


def test_vehicles_keep_to_their_lane_and_direction():
    for direction, towards in ((1, False), (-1, True)):
        street = street_with(traffic=5.0, cyclists=0.0)
        traffic.traffic(street, 0, 1.8, direction)
        assert len(street.things) >= 4
        for _, kind, properties in street.things:
            assert kind is objects.vehicle and abs(properties["x"] - 1.8) <= 0.25
            assert (math.cos(properties["heading"]) < 0) == towards
        if direction == 1:
            assert min(properties["z"] for _, _, properties in street.things) >= 4.5  # not into the camera car


def test_no_traffic_where_the_look_has_none():
    street = street_with(traffic=0.0, people=0.0)
    traffic.traffic(street, 0, 1.8, 1)
    traffic.walkers(street, 1)
    assert not street.things


def test_cyclists_ride():
    street = street_with(traffic=5.0, cyclists=1.0)
    traffic.traffic(street, 0, 1.8, 1)
    assert street.things and all(kind is objects.cycle and p["ridden"] for _, kind, p in street.things)


@pytest.mark.parametrize("side", [-1, 1])
def test_people_walk_on_the_pavement(side):
    street = street_with(people=3.0)
    traffic.walkers(street, side)
    assert street.things and all(side * p["x"] > street.layout.edge[side] for _, _, p in street.things)


def test_parked_vehicles_stand_at_the_kerb_with_a_shadow_below():
    street = street_with(parked=5.0)
    street.layout.edge[1] = 5.0
    traffic.park_vehicles(street, random.Random(0), 1, 10.0, 60.0)
    assert len(street.things) >= 5 and len(street.shadows) == len(street.things)
    assert all(3.7 <= properties["x"] <= 4.1 for _, _, properties in street.things)
