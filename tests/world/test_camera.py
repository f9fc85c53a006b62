"""The camera: its equation, and the ground as its inverse."""

import numpy as np
import pytest

from tests.world.street import camera


def test_it_projects_by_its_equation():
    u, v = camera().point(2.4, 0.5, 10.0)
    assert u == pytest.approx(41 + 70 * (2.4 - 0.4) / 10) and v == pytest.approx(24 + 70 * (1.5 - 0.5) / 10)


def test_the_bound_projection_is_the_same():
    view = camera(roll=0.05, yaw=0.1, curve=0.01, hill=0.001)
    assert view.projector()(2.4, 0.5, 10.0) == pytest.approx(view.point(2.4, 0.5, 10.0))


@pytest.mark.parametrize("changes", [{}, {"roll": 0.05, "yaw": 0.1}, {"curve": 0.01, "hill": 0.001}, {"hill": -0.001}])
def test_ground_is_the_inverse_of_the_projection(changes):
    view = camera(**changes)
    first, x, z = view.ground()
    for row, column in ((55, 10), (40, 70), (58, 41)):
        at = row - first
        u, v = view.point(float(x[at, column]), 0.0, float(z[at, column]))
        assert (u, v) == pytest.approx((column, row), abs=0.15)
        both = view.points(np.array([[x[at, column], 0.0, z[at, column]]], np.float32))[0]
        assert both == pytest.approx((u, v), abs=0.01)
