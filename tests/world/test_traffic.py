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


def parked(**look):
    street = street_with(parked=5.0, **look)
    street.layout.edge[1] = 5.0
    street.layout.pavement[1] = 3.0
    street.layout.parking[1] = 2.1
    traffic.park_vehicles(street, random.Random(0), 1, 10.0, 60.0)
    return street


def test_parked_vehicles_stand_at_the_kerb_with_a_shadow_below():
    street = parked(angled=0.0, on_pavement=0.0)
    assert len(street.things) >= 5 and len(street.shadows) == len(street.things)
    assert all(3.7 <= properties["x"] <= 4.1 for _, _, properties in street.things)


def test_vehicles_park_half_on_the_pavement_or_at_an_angle():
    assert all(4.1 < p["x"] <= 5.1 for _, _, p in parked(angled=0.0, on_pavement=1.0).things)
    street = parked(angled=1.0, on_pavement=0.0)
    assert len(street.things) > len(parked(angled=0.0, on_pavement=0.0).things)
    assert all(abs(math.sin(p["heading"])) > 0.6 for _, _, p in street.things)


def test_nobody_parks_where_there_is_no_room():
    street = street_with(parked=5.0, on_pavement=0.0)
    street.layout.parking[1] = 0.0
    traffic.park_vehicles(street, random.Random(0), 1, 10.0, 60.0)
    assert not street.things


def test_people_cross_the_road_near_and_far():
    street = street_with(people=1.0)
    for seed in range(30):
        traffic.crossing_people(street, random.Random(seed), 2.0, 40.0, 3)
    xs, zs = ([properties[name] for _, _, properties in street.things] for name in "xz")
    assert -street.layout.edge[-1] < min(xs) < -1 and 1 < max(xs) < street.layout.edge[1] + 2
    assert 1.9 < min(zs) < 5 and max(zs) > 30
    riders = [p for _, kind, p in street.things if kind is objects.cycle]
    assert riders and all(p["side_on"] and p["ridden"] for p in riders)


def test_vehicles_are_dark_grey_light_and_coloured():
    lumas = [sum(traffic.paint(random.Random(seed), SIM)) / 3 for seed in range(300)]
    assert sum(luma < 45 for luma in lumas) > 40 and sum(luma > 180 for luma in lumas) > 30
