"""Building sites and car parks beside the road."""

import dataclasses
import random

import numpy as np

from keras_uda.world import objects
from keras_uda.world import sites
from tests.world.street import draw_things
from tests.world.street import painter
from tests.world.street import scene


def test_a_car_park_has_rows_of_cars_on_ground_of_no_class():
    street = scene()
    sites.car_park(street, random.Random(0), 1, 8.0, 32.0)
    cars = [p for _, kind, p in street.things if kind is objects.vehicle]
    assert len(cars) > 6 and all(p["x"] > street.layout.edge[1] for p in cars)
    assert [train_id for _, _, train_id in street.paint] == [255]
    assert 13 in np.unique(draw_things(painter(), street))


def test_a_building_site_is_closed_by_boards_or_mesh():
    kinds = set()
    for seed in range(10):
        street = scene()
        street.look = dataclasses.replace(street.look, works=1.0)
        sites.building_site(street, random.Random(seed), -1, 8.0, 32.0)
        labels = draw_things(painter(), street)
        assert (labels[:, 90:] == 255).all() and {3, 4} & set(np.unique(labels))
        kinds |= set(np.unique(labels))
    assert {2, 3, 4} <= kinds
