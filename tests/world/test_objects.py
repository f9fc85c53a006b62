"""Every thing is drawn in its class, larger when it is nearer, and not at all behind the camera."""

import dataclasses
import math

import numpy as np
import pytest

from keras_uda.world import objects
from keras_uda.world import signs
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import scene
from tests.world.street import share

COLOURS = ((200, 180, 160), (40, 50, 60), (220, 220, 210))
STREET = scene()
STREET.light = dataclasses.replace(STREET.light, shade={-1: 0.9, 0: 0.9, 1: 1.1})


def drawn(draw_function, properties, **changes):
    view = painter(**changes)
    draw_function(view, STREET.atlas, STREET.light, properties)
    return view


def building(z0, **changes):
    house = dict(side=1, x=5.0, z0=z0, z1=z0 + 8, height=9.0, depth=10.0, texture=0, palette=COLOURS, gable="plain")
    return house | dict(roof=(3.0, (110, 64, 52)), chimney=True, start=0.0, stretch=1.0, rows=9.0) | changes


def cycle(z, **changes):
    machine = dict(x=0.5, z=z, kind="bicycle", side_on=True, number=0, ridden=True, mirror=False)
    return machine | dict(palette=COLOURS, dress=COLOURS) | changes


def vehicle(z, **changes):
    car = dict(x=0.5, z=z, heading=0.0, kind="car", variant=1, shape="hatch", paint=(150, 40, 40))
    return car | dict(second=(225, 225, 222), glass=(22, 26, 32), braking=False) | changes


def screen(z0, **changes):
    wall = dict(side=1, x=4.0, z0=z0, z1=z0 + 8, height=2.0, depth=0.0, train_id=3, palette=COLOURS)
    return wall | changes


def fence(z0):
    return dict(
        side=-1, x=-4.0, z0=z0, z1=z0 + 8, height=1.2, colour=(40, 42, 44), infill=(96, 96, 92), step=0.5, bar=0.1
    )


def lamp(z):
    return dict(x=2.0, z=z, side=1, radius=0.1, height=6.0, arm=1.0, colour=(60, 64, 62))


def light(z):
    heads = [dict(x=2.0, top=3.0, size=1.0, sideways=False)]
    return dict(x=2.0, z=z, height=3.0, colour=(48, 50, 50), state=0, heads=heads, housing=(26, 26, 28), backing=None)


def sign(z, shape="disc"):
    board = dict(x=2.0, z=z, height=2.5, shape=shape, size=0.4, aspect=1.5)
    board |= dict(face=(240, 240, 240), rim=(200, 30, 36), colour=(120, 122, 122), ink=(30, 30, 34))
    return board | dict(second=(240, 240, 240) if shape == "disc" else None)


def person(z):
    return dict(x=1.0, z=z, number=0, phase=1, mirror=False, palette=COLOURS, height=1.0)


THINGS = {
    "building": (objects.building, building, {2}),
    "wall": (objects.screen, screen, {3}),
    "fence": (objects.fence, fence, {4}),
    "lamp": (objects.lamp, lamp, {5}),
    "traffic_light": (signs.traffic_light, light, {5, 6}),
    "disc": (signs.sign, sign, {5, 7}),
    "triangle": (signs.sign, lambda z: sign(z, "triangle"), {5, 7}),
    "octagon": (signs.sign, lambda z: sign(z, "octagon"), {5, 7}),
    "diamond": (signs.sign, lambda z: sign(z, "diamond"), {5, 7}),
    "give_way": (signs.sign, lambda z: sign(z, "give_way"), {5, 7}),
    "direction": (signs.sign, lambda z: sign(z, "direction"), {5, 7}),
    "board": (signs.sign, lambda z: sign(z, "board"), {5, 7}),
    "person": (objects.person, person, {11}),
    "sitter": (objects.person, lambda z: person(z) | dict(phase=None), {11}),
    "bicycle": (objects.cycle, cycle, {12, 18}),
    "motorcycle": (objects.cycle, lambda z: cycle(z, kind="motorcycle", side_on=False), {12, 17}),
    "parked_bicycle": (objects.cycle, lambda z: cycle(z, ridden=False), {18}),
    "car": (objects.vehicle, vehicle, {13}),
    "truck": (objects.vehicle, lambda z: vehicle(z, kind="truck"), {14}),
    "bus": (objects.vehicle, lambda z: vehicle(z, kind="bus"), {15}),
    "train": (objects.vehicle, lambda z: vehicle(z, kind="train"), {16}),
}


@pytest.mark.parametrize("name", THINGS)
def test_a_thing_has_its_classes_and_is_smaller_far_away(name):
    draw_function, at, train_ids = THINGS[name]
    near, far = (drawn(draw_function, at(z)) for z in (6.0, 18.0))
    for view in (near, far):
        assert set(np.unique(classes_of(view))) == {*train_ids, 255}
    assert sum(share(near, one) for one in train_ids) > 2 * sum(share(far, one) for one in train_ids)


@pytest.mark.parametrize("name", THINGS)
def test_nothing_is_drawn_of_what_is_behind(name):
    draw_function, at, _ = THINGS[name]
    assert set(np.unique(classes_of(drawn(draw_function, at(-40.0))))) == {255}


def test_a_house_on_the_left_is_on_the_left():
    left, right = (drawn(objects.building, building(8.0, side=side, x=side * 5.0)) for side in (-1, 1))
    columns = [np.nonzero(classes_of(view) == 2)[1].mean() for view in (left, right)]
    assert columns[0] < 70 and columns[1] > 90


def test_a_vehicle_shows_its_lights_from_behind_and_from_ahead():
    away, towards = (drawn(objects.vehicle, vehicle(5.0, heading=heading, x=0.0)) for heading in (0.0, math.pi))

    def reds(view):
        red, green, blue, _ = (view.canvas[classes_of(view) == 13].astype(int)).T
        return np.mean((red > 100) & (green < 40) & (blue < 40) & (red < 149))

    assert not np.array_equal(away.canvas, towards.canvas) and reds(away) != reds(towards)
