"""The road surface and puddles."""

import numpy as np
import pytest

from keras_uda.world import ground
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import scene

ROAD = 0


def with_ground(**changes):
    view, street = painter(**changes), scene()
    surface = ground.draw_ground(view, street.layout, street.atlas.ground, 0.0, 0.5)
    return view, street, surface


def test_the_cross_section_is_that_of_the_layout():
    layout = scene().layout
    section = ground.cross_section(layout)[0]
    at = lambda x: section[int((x + ground.REACH) / ground.CELL), 3]  # noqa: E731
    assert at(0.0) == ROAD
    for side in (-1, 1):
        assert at(side * (layout.edge[side] + layout.pavement[side] - 0.05)) in (1, 9)


def test_what_is_under_a_pixel_is_drawn_there():
    view, street, (first, shown) = with_ground()
    _, x, _ = view.camera.ground()
    inside = shown & (x > -street.layout.edge[-1] + 0.1) & (x < street.layout.edge[1] - 0.1)
    assert inside.any() and (classes_of(view)[first:][inside] == ROAD).all()
    assert (classes_of(view)[:first] == 255).all()


def test_no_ground_where_the_camera_looks_up():
    street = scene()
    assert ground.draw_ground(painter(horizon=400.0), street.layout, street.atlas.ground, 0.0, 0.5) is None


def test_puddles_mirror_what_is_above_the_horizon():
    view, _, (first, _) = with_ground()
    view.canvas[:60, :, :3] = (250, 0, 0)
    before = view.canvas.copy()
    ground.mirror_in_puddles(view, first)
    np.testing.assert_array_equal(before[..., 3], view.canvas[..., 3])
    row = view.canvas[64, 80].astype(int) - before[64, 80]
    assert row[0] > 5 and row[1] < -5
    far_down = (slice(None), slice(0, 3))
    np.testing.assert_allclose(view.canvas[119][far_down], before[119][far_down], atol=2)


def test_wet_ground_is_darker():
    dry, wet = painter(), painter()
    for view, amount in ((dry, 0.0), (wet, 1.0)):
        street = scene()
        ground.draw_ground(view, street.layout, street.atlas.ground, 0.0, 0.5, amount)
    np.testing.assert_array_equal(classes_of(dry), classes_of(wet))
    assert wet.canvas[100:, :, :3].mean() == pytest.approx(0.6 * dry.canvas[100:, :, :3].mean(), rel=0.05)
