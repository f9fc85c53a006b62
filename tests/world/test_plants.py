"""Pictures of crowns, bare trees and hedges."""

import numpy as np

from keras_uda.world import plants


def crown(seed=0, gaps=0.2):
    return plants.crown(np.random.default_rng(seed), 0.5, 0.8, gaps).levels[0]


def test_a_crown_is_one_clump_with_ragged_edges():
    for seed in range(6):
        roles, mask = crown(seed)
        assert roles.shape == (*mask.shape, 4) and 0.4 < (mask > 0).mean() < 0.95
        assert all(edge.any() for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))  # nothing around it


def test_it_is_lit_from_above():
    roles, _ = crown(gaps=0.0)
    light = roles[..., 1].astype(float)
    assert light[: len(light) // 3].mean() > light[-len(light) // 3 :].mean() + 10


def seen_through(roles, mask):
    return (roles[..., 3][mask > 0] / 255).mean()


def test_gaps_open_a_crown():
    shares = [seen_through(*crown(gaps=gaps)) for gaps in (0.0, 0.4, 1.0)]
    assert shares[0] < 0.15 and shares[0] < shares[1] < shares[2] and 0.25 < shares[2] < 0.75


def test_the_outline_of_a_bare_tree_holds_its_twigs_and_what_is_behind():
    for seed in range(6):
        roles, mask = plants.bare_tree(np.random.default_rng(seed)).levels[0]
        inside = roles[mask > 0].astype(int)
        assert (inside[:, :2] == 0).all() and (inside[:, 2] + inside[:, 3] == 255).all()
        assert 0.3 < seen_through(roles, mask) < 0.85


def test_a_conifer_is_taller_than_wide_and_dense():
    for seed in range(6):
        roles, mask = plants.conifer(np.random.default_rng(seed), 0.8).levels[0]
        assert mask.shape[0] > 1.5 * mask.shape[1] and seen_through(roles, mask) < 0.4


def test_a_leaf_wall_is_sixteen_metres_wide():
    texture = plants.leaf_wall(np.random.default_rng(0), 0.8)
    height, width = texture.levels[0].shape[:2]
    assert (width / texture.metre, height / texture.metre) == (16, 8)
    closed, opened = (plants.leaf_wall(np.random.default_rng(0), 0.8, gaps).levels[0] for gaps in (0.0, 1.0))
    assert closed[..., 3].mean() < 10 < 80 < opened[..., 3].mean()
