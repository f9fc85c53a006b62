"""Signs and lights: of one country and one kind in each street, on poles, where the look has any."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import signage
from keras_uda.world import signs
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def with_signals(seed="a street"):
    street = scene(seed=seed)
    street.look = dataclasses.replace(street.look, signals=1.0)
    for number in range(4):
        signage.signals(street, random.Random(number), 12.0)
    return street


def test_signals_are_traffic_lights_on_poles():
    street = with_signals()
    assert len(street.things) >= 8 and all(kind is signs.traffic_light for _, kind, _ in street.things)
    assert {5, 6} <= set(np.unique(draw_things(painter(), street)))


def test_the_lights_of_a_street_are_of_one_kind_and_differ_between_streets():
    kinds = [{(p["housing"], p["heads"][0]["size"]) for _, _, p in with_signals(f"{n}").things} for n in range(12)]
    assert all(len(kind) == 1 for kind in kinds) and len(set.union(*kinds)) == 12
    arms = [any(len(p["heads"]) > 1 for _, _, p in with_signals(f"{n}").things) for n in range(30)]
    assert 3 < sum(arms) < 20


def test_no_signals_where_a_street_has_none():
    street = scene()
    street.look = dataclasses.replace(street.look, signals=0.0)
    signage.signals(street, random.Random(0), 12.0)
    assert not street.things


def test_a_sign_has_a_board_and_a_pole():
    street = scene()
    signage.sign(street, random.Random(3), 1, 9.0)
    assert {5, 7} <= set(np.unique(draw_things(painter(), street)))


def test_a_street_keeps_to_one_country():
    shapes = [{signage.plate(scene(seed=s), random.Random(n), 0.4)["shape"] for n in range(40)} for s in "abcdefgh"]
    assert all(len(kinds) >= 3 for kinds in shapes) and len({frozenset(kinds) for kinds in shapes}) > 1


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_gantry_spans_the_road(lanes):
    street = scene()
    street.layout.lanes = [(3.0 * number + 1.5, 1) for number in range(lanes)]
    signage.gantry(street, random.Random(lanes), 12.0)
    ((_, _, beam),) = street.things
    assert beam["x0"] < -street.layout.edge[-1] and beam["x1"] > street.layout.edge[1]
    assert 1 <= len(beam["boards"]) <= lanes
    assert {5, 7} <= set(np.unique(draw_things(painter(), street)))
