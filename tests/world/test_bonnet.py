"""The own car: at the lower edge, with the label that no class has, in the share of streets that the look says."""

import dataclasses
import random

import numpy as np
import pytest

from keras_uda.world import bonnet
from keras_uda.world.appearance import SIM
from tests.world.frames import frame
from tests.world.street import painter

ROAD, IGNORE = 0, 255


def views(share, count=120):
    look = dataclasses.replace(SIM, bonnet=share)
    for seed in range(count):
        view = painter()
        view.canvas[:] = (90, 100, 110, ROAD)
        bonnet.draw_bonnet(random.Random(seed), view, look)
        yield view.canvas


def test_no_bonnet_where_the_look_has_none():
    assert all((canvas == (90, 100, 110, ROAD)).all() for canvas in views(0.0, 20))


def test_a_bonnet_fills_the_lower_edge_and_only_it():
    shares = []
    for canvas in views(1.0):
        own = canvas[..., 3] == IGNORE
        assert set(np.unique(canvas[..., 3])) <= {ROAD, IGNORE}
        assert own[-1].mean() > 0.6 and not own[20:80].any()
        shares.append(own[80:].mean())
    assert min(shares) < 0.1 and 0.3 < max(shares)


def test_bonnets_differ_in_colour_and_hide_colours_as_well_as_classes():
    colours = [np.median(canvas[-1][canvas[-1, :, 3] == IGNORE][:, :3], axis=0) for canvas in views(1.0)]
    assert np.ptp(colours, axis=0).min() > 80
    changed = [(canvas[..., :3] != (90, 100, 110)).any(axis=-1) for canvas in views(1.0, 20)]
    owned = [canvas[..., 3] == IGNORE for canvas in views(1.0, 20)]
    assert all((own >= change).all() for own, change in zip(owned, changed, strict=True))


def test_gloss_shows_the_street_upside_down():
    view = painter()
    view.canvas[:] = (0, 0, 0, ROAD)
    view.canvas[:100, :80] = (0, 250, 0, ROAD)
    mirrored = []
    for seed in range(30):
        canvas = view.canvas.copy()
        other = painter()
        other.canvas[:] = canvas
        bonnet._hood(random.Random(seed), other, SIM)
        left, right = other.canvas[-2, 40:70, 1].astype(int).mean(), other.canvas[-2, 90:120, 1].astype(int).mean()
        mirrored.append(left - right)
    assert max(mirrored) > 20 and np.median(mirrored) > 5  # wipers may hide some of it


@pytest.mark.parametrize("look, least, most", [("sim", 0.2, 0.5), ("street", 0.08, 0.35)])
def test_a_good_share_of_frames_has_one(look, least, most):
    labels = [frame(look, index)[1] for index in range(150)]
    assert least < np.mean([(label[-1] == IGNORE).mean() > 0.5 for label in labels]) < most
