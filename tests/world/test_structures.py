"""Large structures: in their class, and not drawn at all behind the camera."""

import numpy as np
import pytest

from keras_uda.world import structures
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import scene

COLOURS = ((200, 180, 160), (40, 50, 60), (220, 220, 210))
STREET = scene()
UNTOUCHED = 99


def drawn(draw_function, properties):
    view = painter()
    view.canvas[..., 3] = UNTOUCHED
    draw_function(view, STREET.atlas, STREET.light, properties)
    return classes_of(view)


def front(z):
    return dict(x0=-4.0, x1=8.0, z=z, height=50.0, texture=0, palette=COLOURS)


def crown(z):
    return dict(x=1.0, y=4.0, z=z, size=(6.0, 5.0), number=0, palette=COLOURS, mirror=False)


def bridge(z):
    return dict(x0=-60.0, x1=60.0, z0=z, z1=z + 8, low=4.7, depth=1.2, colour=(150, 148, 142), edges=(-7.0, 7.0))


def rail(z):
    return dict(side=1, x=3.0, z0=z, z1=z + 8, colour=(150, 154, 156))


THINGS = {
    "front": (structures.front, front, 2),
    "leaf_front": (structures.leaf_front, lambda z: front(z) | dict(scale=1.0), 8),
    "crown": (structures.crown, crown, 8),
    "bridge": (structures.bridge, bridge, 255),
    "rail": (structures.rail, rail, 255),
}


@pytest.mark.parametrize("name", THINGS)
def test_a_structure_has_its_class_alone(name):
    draw_function, at, train_id = THINGS[name]
    assert set(np.unique(drawn(draw_function, at(8.0)))) == {train_id, UNTOUCHED}


@pytest.mark.parametrize("name", THINGS)
def test_nothing_is_drawn_of_what_is_behind(name):
    draw_function, at, _ = THINGS[name]
    assert set(np.unique(drawn(draw_function, at(-40.0)))) == {UNTOUCHED}


def test_under_a_bridge_the_deck_is_overhead():
    labels = drawn(structures.bridge, bridge(-3.0))
    assert (labels[:5] == 255).all() and (labels[70:, 80] == UNTOUCHED).all()


def test_one_looks_through_under_a_rail():
    column = drawn(structures.rail, rail(6.0))[:, 106]
    rows = np.flatnonzero(column == 255)
    assert len(rows) >= 3 and column[rows.max() + 2] == UNTOUCHED
