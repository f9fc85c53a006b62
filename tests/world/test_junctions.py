"""Side roads: nothing stands in them, houses follow, and who crosses is on them."""

import dataclasses
import math
import random

import numpy as np
import pytest

from keras_uda.world import junctions
from keras_uda.world import objects
from keras_uda.world.scene import MOBILE
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def inside(seed, **look):
    street = scene(seed=seed)
    street.look = dataclasses.replace(street.look, inside=1.0, **look)
    return street


@pytest.mark.parametrize(
    "gaps, parts",
    [
        ([], [(0.0, 20.0)]),
        ([(1, 5.0, 9.0)], [(0.0, 5.0), (9.0, 20.0)]),
        ([(-1, 5.0, 9.0)], [(0.0, 20.0)]),
        ([(1, -3.0, 4.0), (1, 15.0, 30.0)], [(4.0, 15.0)]),
        ([(1, -3.0, 40.0)], []),
    ],
)
def test_a_thing_is_cut_at_side_roads(gaps, parts):
    assert junctions.pieces(gaps, 1, 0.0, 20.0) == parts


def test_nothing_stands_in_the_side_road():
    for seed in range(12):
        street = inside(f"{seed}")
        street.build()
        assert street.gaps
        for side, start, end in street.gaps:
            for distance, kind, p in street.things:
                if kind in MOBILE or p.get("x") is None or side * p["x"] < street.layout.edge[side]:
                    continue
                if "z1" in p:
                    assert p["z1"] <= start + 1e-6 or p["z0"] >= end - 1e-6
                else:
                    assert not start < distance < end


def test_a_street_without_a_junction_has_no_gap():
    street = scene()
    junctions.inside(street)
    assert not street.gaps and not street.paint and not street.things


def test_vehicles_in_a_junction_have_all_headings():
    headings = []
    for seed in range(80):
        street = inside(f"{seed}", traffic=0.5)
        junctions.inside(street)
        headings += [p["heading"] % (2 * math.pi) for _, kind, p in street.things if kind is objects.vehicle]
    assert len(headings) > 40 and all(np.histogram(headings, 6, (0, 2 * math.pi))[0] > 0)


def test_houses_along_a_side_road_face_the_camera():
    street = scene()
    junctions.houses_along(street, random.Random(0), 1, 14.0)
    labels = draw_things(painter(), street)
    assert 2 in labels[:, 80:] and (labels[:, :80] == 255).all()


def test_a_street_without_houses_has_none_at_its_side_roads():
    street = scene()
    street.look = dataclasses.replace(street.look, zones={"park": 1})
    junctions.houses_along(street, random.Random(0), 1, 14.0)
    assert not street.things
