"""Solids: of the measures that such vehicles have, symmetric, and turned and moved as asked."""

import math

import numpy as np
import pytest

from keras_uda.world import vehicles

LENGTHS = {"hatch": (3.4, 4.2), "sedan": (4.1, 4.9), "estate": (4.1, 4.9), "van": (4.5, 5.3), "suv": (4.1, 4.9)}


@pytest.mark.parametrize("shape", LENGTHS)
def test_cars_have_the_measures_of_cars(shape):
    for variant in range(8):
        solid, length = vehicles.car(shape, variant)
        low, high = solid.vertices.min(axis=0), solid.vertices.max(axis=0)
        assert LENGTHS[shape][0] < length < LENGTHS[shape][1] and high[2] == pytest.approx(length, abs=0.05)
        assert low[1] == pytest.approx(0, abs=0.02) and 1.3 < high[1] < 2.2
        assert high[0] == pytest.approx(-low[0]) and 1.5 < high[0] - low[0] < 2.2


@pytest.mark.parametrize(
    "make", [vehicles.truck, lambda v: vehicles.coach("bus", v), lambda v: vehicles.coach("train", v)]
)
def test_large_vehicles_are_larger_than_cars(make):
    for variant in range(6):
        solid, length = make(variant)
        assert length > 5.9 and np.ptp(solid.vertices[:, 0]) > 2.1 and solid.vertices[:, 1].max() > 1.4


def test_solids_are_made_once_and_differ_by_variant():
    assert vehicles.car("hatch", 1) is vehicles.car("hatch", 1)
    assert not np.array_equal(vehicles.car("hatch", 1)[0].vertices, vehicles.car("hatch", 2)[0].vertices)


def test_distant_vehicles_have_fewer_faces():
    solid, _ = vehicles.car("sedan", 3)
    counts = [len(faces) for faces, _ in solid.details]
    assert counts[0] == len(solid.faces) > counts[1] > counts[2] > 0
    assert "tyre" not in {role for _, role in solid.details[2][0]}


def test_a_solid_is_placed_by_its_tail():
    solid, length = vehicles.car("hatch", 0)
    away = vehicles.place_solid(solid, 2.0, 10.0, 0.0)
    assert away[:, 2].min() == pytest.approx(10.0, abs=0.05) and away[:, 2].max() == pytest.approx(
        10 + length, abs=0.05
    )
    assert away[:, 0].mean() == pytest.approx(2.0, abs=0.05)
    towards = vehicles.place_solid(solid, 2.0, 10.0 + length, math.pi)
    assert towards[:, 2].min() == pytest.approx(10.0, abs=0.05)
    across = vehicles.place_solid(solid, 0.0, 10.0, math.pi / 2)
    assert np.ptp(across[:, 0]) == pytest.approx(np.ptp(away[:, 2]), abs=0.01)
