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
    for seed in range(20):
        height, width, sheet = outline(people.walker(np.random.default_rng(seed), 0.0))
        assert 1.5 < height < 1.9 and 0.25 < width < 0.9
        assert sheet == (int(1.9 * people.PIXELS), int(0.9 * people.PIXELS))


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
