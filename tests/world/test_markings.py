"""What is painted on the road lies on the road, and moves with it."""

import random

import numpy as np

from keras_uda.world import markings
from tests.world.street import scene


def paint(draw_function, *arguments, **scene_options):
    street = scene(**scene_options)
    draw_function(street, *arguments)
    return street.paint, street.layout


def test_a_crossing_lies_on_the_carriageway():
    for seed in range(6):
        polygons, layout = paint(markings.zebra, random.Random(seed), 20.0)
        xs = [x for points, _, _ in polygons for x, _ in points]
        assert min(xs) >= -layout.edge[-1] and max(xs) <= layout.edge[1] + 0.2
        assert all(train_id == 0 and colour == layout.marking for _, colour, train_id in polygons)


def test_dashes_stay_where_they_are_while_the_camera_moves():
    seeds = (seed for seed in map(str, range(50)) if scene(seed=seed).layout.dashes)
    seed = next(seeds)
    starts = []
    for travelled in (0.0, 0.7):
        polygons, _ = paint(markings.dashes, seed=seed, travelled=travelled)
        starts.append({round(points[0][1] + travelled, 3) for points, _, _ in polygons if 5 < points[0][1] < 40})
    assert len(starts[0] & starts[1]) >= len(starts[0]) - 2 > 0


def test_patches_are_asphalt_inside_the_road():
    found = 0
    for seed in range(10):
        polygons, layout = paint(markings.patches, random.Random(seed), 10.0)
        found += len(polygons)
        for points, colour, train_id in polygons:
            assert train_id == 0 and np.abs(np.subtract(colour, layout.road)).max() < 60
            assert all(-layout.edge[-1] <= x <= layout.edge[1] and 10 <= z <= 41 + 10 for x, z in points)
    assert found > 0
