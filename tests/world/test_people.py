"""Pictures of people and cycles: whole figures of the right measures."""

import math

import numpy as np
import pytest

from keras_uda.world import people


def outline(sprite):
    rows, columns = np.nonzero(sprite.levels[0][1])
    height, width = sprite.levels[0][1].shape
    return (np.ptp(rows) + 1) / people.PIXELS, (np.ptp(columns) + 1) / people.PIXELS, (height, width)


def test_a_person_is_as_high_as_people_are():
    heights, sheets = [], set()
    for seed in range(200):
        height, width, sheet = outline(people.walker(np.random.default_rng(seed), 0.0))
        assert 0.95 < height < 2.35 and 0.25 < width < 1.75
        heights.append(height)
        sheets.add(sheet)
    assert 0.75 < np.mean([1.5 < height < 1.9 for height in heights]) < 0.95  # others: children, umbrellas
    plain, umbrella, pram = ((0.9, 1.9), (1.4, 2.35), (2.4, 1.9))
    both = (2.4, 2.35)
    sizes = [(int(high * people.PIXELS), int(wide * people.PIXELS)) for wide, high in (plain, umbrella, pram, both)]
    assert set(sizes[:3]) <= sheets <= set(sizes)


def test_somebody_who_sits_is_lower():
    for seed in range(10):
        height, width, _ = outline(people.sitter(np.random.default_rng(seed)))
        assert 1.1 < height < 1.4 and 0.3 < width < 1.0


def test_a_walking_person_has_legs_apart():
    wider = []
    for seed in range(12):
        standing, walking = (people.walker(np.random.default_rng(seed), phase) for phase in (0.0, math.pi / 2))
        feet = [np.nonzero(sprite.levels[0][1][-8:])[1] for sprite in (standing, walking)]
        wider.append(np.ptp(feet[1]) > np.ptp(feet[0]))
    assert np.mean(wider) > 0.4


@pytest.mark.parametrize("make", [people.bicycle, people.motorcycle])
def test_a_rider_sits_on_a_machine(make):
    for side_on in (True, False):
        machine, rider = make(np.random.default_rng(1), side_on)
        machine_mask, rider_mask = (sprite.levels[0][1] > 0 for sprite in (machine, rider))
        assert machine_mask.shape == rider_mask.shape and (machine_mask & rider_mask).any()
        assert np.nonzero(machine_mask)[0].max() > np.nonzero(rider_mask)[0].max()  # wheels are below feet
        assert np.nonzero(rider_mask)[0].min() < np.nonzero(machine_mask)[0].min()  # and heads above all
    wide, narrow = (outline(make(np.random.default_rng(1), side_on)[0])[1] for side_on in (True, False))
    assert wide > 2 * narrow


def test_every_part_has_a_role():
    roles, mask = people.walker(np.random.default_rng(2), 1.0).levels[0]
    assert (roles[mask > 0].sum(axis=-1) > 0).all() and (roles[mask == 0] == 0).all()
    assert all((roles[..., role] > 0).any() for role in (people.TOP, people.LEGS, people.SKIN))
