"""All pictures of one look, drawn once per process from a fixed seed."""

import math
from functools import lru_cache

import cv2
import numpy as np

from keras_uda.world import people
from keras_uda.world import plants
from keras_uda.world.facades import facade
from keras_uda.world.surfaces import dead_leaves
from keras_uda.world.textures import value_noise

PHASES = 4  # of a walking step


class Atlas:
    """Shelves of pictures.

    facades, crowns, sparse, conifers, bare, leaf_walls (the second half with gaps), walkers [person][phase], sitters,
    bicycles, motorcycles, ground, litter (the ground with fallen leaves), cloud, patches, grain.
    """

    def __init__(self, look):
        rng = np.random.default_rng([11, *map(ord, look.name)])
        relief = look.facade["relief"]
        self.facades = [facade(rng, look.facade) for _ in range(14)]
        shape = 0.3 + 0.5 * rng.random(), 0.6 + 0.35 * relief
        self.crowns = [plants.crown(rng, *shape, gaps) for gaps in np.linspace(0.0, 0.45, 12)]
        self.sparse = [plants.crown(rng, *shape, gaps) for gaps in np.linspace(0.45, 0.85, 8)]
        self.conifers = [plants.conifer(rng, 0.6 + 0.35 * relief) for _ in range(6)]
        self.bare = [plants.bare_tree(rng) for _ in range(10)]
        self.leaf_walls = [plants.leaf_wall(rng, 0.5 + 0.4 * relief, gaps) for gaps in (0, 0.2, 0.4, 0.7, 0.9, 1.1)]
        self.walkers = [self._steps(seed) for seed in rng.integers(1 << 30, size=32)]
        self.sitters = [people.sitter(rng) for _ in range(8)]
        self.bicycles = [[people.bicycle(rng, side_on) for _ in range(5)] for side_on in (False, True)]
        self.motorcycles = [[people.motorcycle(rng, side_on) for _ in range(4)] for side_on in (False, True)]
        ground = self._ground(rng)
        litter = self._litter(rng, ground)
        self.ground, self.litter = (np.pad(tile, ((0, 1), (0, 1), (0, 0)), mode="wrap") for tile in (ground, litter))
        self.cloud = np.clip(128 + 60 * value_noise(rng, 256, 512, ((4, 1.0), (8, 0.6), (20, 0.3))), 0, 255).astype(
            np.uint8
        )
        self.patches = dead_leaves(rng)
        self.grain = np.clip(rng.normal(0, 32, (512, 512, 3)), -127, 127).astype(np.int8)

    @staticmethod
    def _steps(seed):
        phases = [0.0, math.pi / 2, math.pi * 0.999, 3 * math.pi / 2]
        return [people.walker(np.random.default_rng(seed), phase) for phase in phases[:PHASES]]

    @staticmethod
    def _ground(rng):
        """Relative brightness of the ground, 128 = unchanged, in all three colours; the fourth keeps the class."""
        noise = value_noise(rng, 256, 256, ((6, 0.8), (24, 0.6), (90, 0.8)))
        grain = rng.normal(size=(256, 256))
        tile = np.clip(np.stack([128 + 9 * noise + 6 * grain] * 4, axis=-1), 40, 220)
        tile[..., 3] = 128
        return cv2.GaussianBlur(tile.astype(np.uint8), (3, 3), 0.6)

    @staticmethod
    def _litter(rng, ground):
        tile = ground.copy()
        colours = ((200, 155, 85), (175, 120, 80), (205, 180, 105), (140, 105, 85), (170, 150, 105), (100, 84, 70))
        for _ in range(600):
            x, y = (int(place) for place in rng.uniform(0, 256, 2) * (1 - 0.35 * rng.random()))
            axes = int(rng.integers(0, 3)), int(rng.integers(0, 2))
            colour = colours[rng.integers(len(colours))]
            cv2.ellipse(tile, (x, y), axes, rng.uniform(0, 180), 0, 360, (*colour, 128), -1)
        return tile


@lru_cache(maxsize=4)
def atlas(look) -> Atlas:
    """The pictures of a look, made at its first use."""
    from keras_uda.world.appearance import LOOKS

    return Atlas(LOOKS[look])
