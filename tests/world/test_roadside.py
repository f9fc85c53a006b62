"""What stands beside the road: each zone has its class, terraces have no gaps, junctions have a side road."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import foliage
from keras_uda.world import objects
from keras_uda.world import roadside
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene

CLASSES = {"park": 8, "hedge": 8, "wall": 3, "fence": 4, "lawn": 2}


@pytest.mark.parametrize("zone", CLASSES)
def test_a_zone_shows_its_class_on_its_side(zone):
    street = scene()
    roadside.open_ground(street, random.Random(2), 1, 8.0, 32.0, zone)
    labels = draw_things(painter(), street)
    assert CLASSES[zone] in np.unique(labels) and (labels[:, :70] == 255).all()


def test_houses_fill_their_piece_of_street():
    for seed in range(20):
        street = scene()
        roadside.houses(street, random.Random(seed), -1, 10.0, 34.0, after_gap=False)
        houses = sorted((p["z0"], p["z1"]) for _, kind, p in street.things if kind is objects.building)
        assert houses[0][0] == 10.0 and houses[-1][1] <= 34.0 + 4
        gaps = [second[0] - first[1] for first, second in zip(houses, houses[1:], strict=False)]
        assert all(-1e-9 <= gap <= 4.0 for gap in gaps)
        green = [p for _, kind, p in street.things if kind is foliage.leaves]
        assert len(green) >= sum(gap > 1e-6 for gap in gaps)  # a hedge in each gap


def test_a_house_throws_its_shadow_away_from_the_sun():
    street = scene()
    for sun in (-1.0, 1.0):
        street.shadows.clear()
        street.light = dataclasses.replace(street.light, shadow=0.5, sun=(sun, 0.0))
        roadside.add_house(street, random.Random(0), 1, 10.0, 8.0, 0.0, 2, (0.0, None), "plain")
        assert len(street.shadows) == (sun > 0)
    assert min(x for x, _ in street.shadows[0]) < street.layout.property[1]


def test_a_side_road_crosses_the_pavement():
    street = scene()
    roadside.side_road(street, random.Random(1), -1, 20.0, 28.0)
    road = [points for points, _, train_id in street.paint if train_id == 0]
    assert min(x for points in road for x, _ in points) == -60.0
    assert {train_id for _, _, train_id in street.paint} == {0, 1}


def test_one_side_stays_on_its_side():
    for seed in range(10):
        street = scene()
        roadside.one_side(street, random.Random(seed), -1, 12.0, junction=seed % 2 == 0)
        assert street.things and all(p.get("x", p.get("x0", 0.0)) < 0.5 for _, _, p in street.things)
