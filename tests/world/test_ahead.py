"""What closes the view hides everything behind it, and nothing stands there."""

import dataclasses

import numpy as np
import pytest

from keras_uda.world import ahead
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene

BUILDING, VEGETATION, NOTHING = 2, 8, 255


def closed(seed="a street", **look):
    street = scene(seed=seed)
    street.look = dataclasses.replace(street.look, **look)
    ahead.close_view(street)
    return street


@pytest.mark.parametrize("kind, train_id", [("houses", BUILDING), ("trees", VEGETATION)])
def test_an_end_fills_the_picture_above_the_road(kind, train_id):
    for seed in range(5):
        street = closed(str(seed), ahead={kind: 1})
        labels = draw_things(painter(), street)
        assert 22 <= street.end <= 70
        assert (labels[:58] == train_id).all()


@pytest.mark.parametrize("kind", ["houses", "trees"])
def test_nothing_stands_behind_the_end(kind):
    for seed in range(10):
        street = closed(str(seed), ahead={kind: 1})
        street.build()
        assert all(distance <= street.end + 1e-6 for distance, _, _ in street.things)
        assert all(p.get("z1", 0) <= street.end for _, _, p in street.things)


def test_an_open_street_has_no_end():
    for kinds in ({}, {"open": 1}):
        street = closed(ahead=kinds)
        assert street.end == float("inf") and not street.things


def test_a_bridge_spans_the_road_and_belongs_to_no_class():
    street = closed("3", overhead={"bridge": 1})
    view = painter()
    view.canvas[..., 3] = 10
    labels = draw_things(view, street)
    rows = np.flatnonzero((labels == NOTHING).all(axis=1))  # from one border to the other
    assert len(rows) and rows.max() < 60 and (labels[59:, 80] == 10).all()  # the road under it is free


def test_a_canopy_hangs_above_the_road():
    labels = draw_things(painter(), closed(overhead={"canopy": 1}))
    assert (labels[:30] == VEGETATION).mean() > 0.5 and not (labels[60:] == VEGETATION).any()
