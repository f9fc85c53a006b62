"""Strokes: colour and class go to the same pixels, near things cover far ones, haze takes colours away."""

import numpy as np
import pytest

from keras_uda.world.painter import Painter
from keras_uda.world.painter import clip_near
from keras_uda.world.textures import Sprite
from keras_uda.world.textures import Texture
from tests.world.street import camera
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import share


def test_polygons_are_cut_at_the_near_plane():
    kept = clip_near([(0.0, 0.0, -1.0), (0.0, 1.0, 2.0), (1.0, 0.0, 2.0)])
    assert len(kept) == 4 and all(z >= 0.5 for _, _, z in kept)
    assert clip_near([(0.0, 0.0, -1.0), (1.0, 0.0, -1.0), (1.0, 1.0, 0.0)]) == []


def board(view, z, train_id, colour=(90, 80, 70)):
    view.polygon([(-1, 0, z), (-1, 2, z), (1, 2, z), (1, 0, z)], colour, train_id)


def test_a_stroke_writes_colour_and_class_to_the_same_pixels():
    view = painter()
    board(view, 8, 13)
    changed = classes_of(view) == 13
    assert changed.sum() == pytest.approx((2 * 60 / 8) ** 2, rel=0.15)  # two metres at eight metres
    assert np.array_equal(changed, (view.canvas[..., :3] == (90, 80, 70)).all(axis=-1))


def test_a_later_stroke_covers_an_earlier_one():
    view = painter()
    board(view, 8, 13)
    alone = share(view, 13)
    board(view, 16, 4)
    assert share(view, 4) == pytest.approx(alone / 4, rel=0.3) and share(view, 13) < alone
    board(view, 4, 5)
    assert share(view, 13) == share(view, 4) == 0


def test_haze_takes_colours_towards_the_fog():
    view = Painter(camera(), (1.0, 1.0, 1.0), (200, 210, 220), 0.01)
    near, far = view.lit((90, 80, 70), 1.0), view.lit((90, 80, 70), 5000.0)
    np.testing.assert_allclose(near, (90, 80, 70), atol=3)
    np.testing.assert_allclose(far, (200, 210, 220), atol=1)


def test_a_panel_fills_its_quadrilateral_with_its_palette():
    roles = np.zeros((32, 32, 3), np.uint8)
    roles[..., 0] = 255
    view = painter()
    corners = [(-2, 3, 8), (2, 3, 8), (2, 0, 8), (-2, 0, 8)]
    view.panel(Texture(roles, 16), (0, 0, 2, 2), corners, ((100, 50, 25), (0, 0, 0), (0, 0, 0)), 2)
    filled = classes_of(view) == 2
    assert filled.sum() == pytest.approx(30 * 22.5, rel=0.15)
    np.testing.assert_allclose(np.median(view.canvas[filled][:, :3], axis=0), (100, 50, 25), atol=2)


def test_a_sprite_stands_on_its_foot_and_keeps_its_outline():
    mask = np.zeros((40, 20), np.uint8)
    mask[:, 5:15] = 255
    roles = np.full((40, 20, 3), (255, 0, 0), np.uint8)
    view = painter()
    view.sprite(Sprite(roles, mask), (0.0, 0.0, 10.0), (1.0, 2.0), ((10, 20, 30),) * 3, 11)
    rows, columns = np.nonzero(classes_of(view) == 11)
    assert rows.max() + 1 == pytest.approx(60 + 60 * 1.5 / 10, abs=1)  # the road at ten metres
    assert np.ptp(rows) + 1 == pytest.approx(12, abs=1) and np.ptp(columns) + 1 == pytest.approx(3, abs=1)


def test_what_is_behind_the_camera_is_not_drawn():
    view = painter()
    board(view, -3, 13)
    view.disc((0.0, 1.0, -2.0), 1.0, (9, 9, 9), 14)
    assert share(view, 13) == share(view, 14) == 0
