"""Plants are drawn as vegetation within their outline, and show what stands behind through their gaps."""

import numpy as np
import pytest

from keras_uda.world import foliage
from tests.world.street import classes_of
from tests.world.street import painter
from tests.world.street import scene
from tests.world.street import share

COLOURS = ((90, 120, 60), (140, 180, 90), (60, 50, 40))
STREET = scene()
SHELVES = ("bare", "sparse", "crowns", "conifers")


def tree(z, shelf="crowns"):
    measures = dict(x=2.0, z=z, height=6.0, spread=4.0, trunk=0.2, shelf=shelf, number=0)
    return measures | dict(palette=COLOURS, stem=0.3, mirror=False)


def hedge(z0, tops=((0, 1.0), (1, 1.0))):
    place = dict(side=1, x=4.0, z0=z0, z1=z0 + 8, base=0.0, height=2.0, depth=3.0)
    return place | dict(texture=0, palette=COLOURS, scale=1.0, tops=tops)


def drawn(draw_function, properties, behind=(1, 2, 3)):
    view = painter()
    view.canvas[..., :3] = behind
    draw_function(view, STREET.atlas, STREET.light, properties)
    return view


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_tree_is_vegetation_and_smaller_far_away(shelf):
    near, far = (drawn(foliage.tree, tree(z, shelf)) for z in (6.0, 18.0))
    assert all(set(np.unique(classes_of(view))) == {8, 255} for view in (near, far))
    assert share(near, 8) > 2 * share(far, 8)
    assert set(np.unique(classes_of(drawn(foliage.tree, tree(-5.0, shelf))))) == {255}


@pytest.mark.parametrize("shelf", SHELVES)
def test_what_is_behind_shines_through_a_crown_and_stays_vegetation(shelf):
    dark, bright = (drawn(foliage.tree, tree(6.0, shelf), (value,) * 3) for value in (0, 255))
    np.testing.assert_array_equal(classes_of(dark), classes_of(bright))
    inside = classes_of(dark) == 8
    shining = np.mean(bright.canvas[inside][:, 0].astype(int) - dark.canvas[inside][:, 0] > 100)
    assert (shining > 0.3) if shelf == "bare" else (shining < 0.6)


def test_a_hedge_is_vegetation_below_its_crest():
    flat, uneven = (
        drawn(foliage.leaves, hedge(6.0, tops)) for tops in (((0, 1), (1, 1)), ((0, 1), (0.5, 0.4), (1, 1)))
    )
    assert set(np.unique(classes_of(flat))) == {8, 255}
    assert 0.5 * share(flat, 8) < share(uneven, 8) < 0.95 * share(flat, 8)
    assert share(drawn(foliage.leaves, hedge(18.0)), 8) < share(flat, 8) / 2
    assert share(drawn(foliage.leaves, hedge(-40.0)), 8) == 0


def test_a_long_hedge_is_hung_in_pieces_that_meet():
    parts = list(foliage.pieces(2.0, 50.0, 16.0))
    assert [part[:2] for part in parts] == [(2.0, 18.0), (18.0, 34.0), (34.0, 50.0)]
    assert [part[2:] for part in parts] == [(0.0, 16.0), (16.0, 0.0), (0.0, 16.0)]
    ((start, end, left, right),) = foliage.pieces(2.0, 6.0, 16.0)
    assert (start, end, left, right) == (2.0, 6.0, 0.0, 4.0)


def test_the_crest_of_a_piece_is_cut_out_of_the_whole():
    tops = ((0, 1.0), (0.5, 0.5), (1, 1.0))
    cut = foliage.crest_of(hedge(10.0, tops), 12.0, 16.0)
    np.testing.assert_allclose(cut, [(12.0, 0.75), (14.0, 0.5), (16.0, 0.75)])
