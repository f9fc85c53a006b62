"""Pictures of crowns, bare trees and hedges."""

import numpy as np

from keras_uda.world import plants


def test_a_crown_is_one_clump_with_ragged_edges():
    for seed in range(6):
        roles, mask = plants.crown(np.random.default_rng(seed), 0.5, 0.8).levels[0]
        assert roles.shape[:2] == mask.shape and 0.4 < (mask > 0).mean() < 0.95
        assert all(edge.any() for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))  # nothing around it


def test_it_is_lit_from_above():
    roles, _ = plants.crown(np.random.default_rng(0), 0.5, 0.8).levels[0]
    light = roles[..., 1].astype(float)
    assert light[: len(light) // 3].mean() > light[-len(light) // 3 :].mean() + 10


def test_the_outline_of_a_bare_tree_holds_its_twigs_and_sky():
    roles, mask = plants.bare_tree(np.random.default_rng(0)).levels[0]
    inside = roles[mask > 0].astype(int)
    assert (inside[:, 0] == 0).all() and (np.abs(inside[:, 1] + inside[:, 2] - 255) <= 1).all()
    assert inside[:, 1].max() > 200 and inside[:, 2].max() > 200  # sky, and bark


def test_a_leaf_wall_is_sixteen_metres_wide():
    texture = plants.leaf_wall(np.random.default_rng(0), 0.8)
    height, width = texture.levels[0].shape[:2]
    assert (width / texture.metre, height / texture.metre) == (16, 8)
