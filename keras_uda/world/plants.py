"""Crowns of leaves, bare crowns, conifers and walls of leaves as pictures of roles (leaf, light leaf, bark, through).

`through` is the share of what stands behind, so sky shows between twigs; see `Painter.foliage`. The outline is the hull
of the crown, as people draw it who label real streets.
"""

import math

import cv2
import numpy as np

from keras_uda.world.textures import Sprite
from keras_uda.world.textures import Texture
from keras_uda.world.textures import value_noise

SIZE = 160
BARE = 288


def crown(rng, raggedness, relief, gaps):
    """A leafy crown, about as wide as high, lit from above; `gaps` from 0 (closed) to 1 (half of its leaves gone)."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    kind = rng.integers(0, 3)
    for _ in range(int(rng.integers(14, 30))):
        angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.3)
        radius = rng.uniform(0.1, 0.2) if kind else rng.uniform(0.16, 0.2)
        y = 0.5 + reach * math.sin(angle)
        x = 0.5 + reach * math.cos(angle) * (y + 0.1 if kind == 2 else 1.0)
        cv2.circle(mask, (int(x * SIZE), int(y * SIZE)), int(radius * SIZE), 255, -1)
    noise = value_noise(rng, SIZE, SIZE, ((12, 0.6), (30, 1.0)))
    soft = cv2.GaussianBlur(mask, (0, 0), 4 + 6 * raggedness).astype(np.float32)
    mask = ((soft + 60 * raggedness * noise) > 127).astype(np.uint8) * 255
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return _cut(_with_gaps(rng, _leaves(rng, relief), mask, gaps), mask)


def conifer(rng, relief):
    """A spruce: a tall triangle of drooping tiers; or a cypress, nearly a column."""
    mask = np.zeros((SIZE * 2, SIZE), np.uint8)
    rows = np.linspace(0, 1, SIZE * 2)
    tiers, slim = int(rng.integers(5, 12)), rng.uniform(0.12, 0.42)
    width = slim * rows ** rng.uniform(0.5, 1.0) * (0.75 + 0.25 * (rows * tiers % 1.0)) * SIZE
    if slim < 0.2:
        width *= np.sqrt(np.clip((1.02 - rows) * 4, 0, 1))
    for row, half in enumerate(width):
        jitter = rng.normal(0, 1.5, 2)
        cv2.line(mask, (int(SIZE / 2 - half + jitter[0]), row), (int(SIZE / 2 + half + jitter[1]), row), 255, 1)
    leaves = np.concatenate([_leaves(rng, relief), _leaves(rng, relief)], axis=0)
    return _cut(_with_gaps(rng, leaves, mask, 0.12), mask)


def _with_gaps(rng, leaves, mask, gaps):
    """Adds the role `through`: holes where noise is high, more of them near the edge."""
    height, width = mask.shape
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3) / (0.2 * width)
    noise = value_noise(rng, height, width, ((14, 0.6), (36, 1.0), (70, 0.7)))
    open_share = noise + 1.9 * gaps - 1.7 * np.minimum(depth, 1) * (1.15 - gaps) - 0.55
    through = np.clip(open_share * 420, 0, 255)
    kept = (1 - through / 255)[..., None]
    twigs = np.where(value_noise(rng, height, width, ((40, 1.0),)) > 1.5 - gaps, 90.0, 0.0)[..., None] * (1 - kept)
    return np.concatenate([leaves[..., :2] * kept, leaves[..., 2:] * kept + twigs, through[..., None] - twigs], axis=2)


def _cut(roles, mask):
    left, top, width, height = cv2.boundingRect(mask)
    inside = slice(top, top + height), slice(left, left + width)
    return Sprite(np.clip(roles[inside], 0, 255).astype(np.uint8), mask[inside].copy())


def _leaves(rng, relief, size=SIZE):
    clumps = value_noise(rng, size, size, ((7, 1.0), (16, 0.8), (50, 0.7)))
    above = np.linspace(1.0, -1.0, size, dtype=np.float32)[:, None] * 0.7
    light = clumps * relief + above
    fine = rng.normal(size=(size, size)).astype(np.float32) * 24 * relief
    leaf = np.clip(140 + 60 * light + fine, 16, 255)
    bright = np.clip(35 + 75 * light + fine, 0, 220)
    bark = np.where(clumps < -1.6, 60, 0)
    return np.stack([leaf, bright, bark], axis=-1).astype(np.float32)


def bare_tree(rng):
    """A winter tree: twigs of bark, everything else within the hull is what stands behind."""
    twigs = np.zeros((BARE, BARE), np.uint8)
    hull = np.zeros((BARE, BARE), np.uint8)
    spread, droop = rng.uniform(0.28, 0.55), rng.uniform(-0.25, 0.1)
    tip = int(rng.uniform(6, 9))

    def grow(x, y, angle, length, width):
        x1, y1 = x + length * math.sin(angle), y - length * math.cos(angle)
        ends = (int(x), int(y)), (int(x1), int(y1))
        cv2.line(twigs, *ends, 255, max(round(width), 1), cv2.LINE_AA)
        cv2.line(hull, *ends, 255, max(int(width), 3))
        if length < 9:
            cv2.circle(hull, ends[1], tip, 255, -1)
            return
        for _ in range(int(rng.integers(2, 4)) + (length > 40)):
            turn = angle * (1 + droop * 0.3) + rng.normal(0, spread)
            grow(x1, y1, turn, length * rng.uniform(0.62, 0.84), width * rng.uniform(0.5, 0.68))

    grow(BARE / 2, BARE - 1, rng.normal(0, 0.05), BARE * rng.uniform(0.17, 0.24), rng.uniform(4, 8))
    hull = cv2.morphologyEx(cv2.bitwise_or(hull, twigs), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    nothing = np.zeros_like(twigs)
    return _cut(np.stack([nothing, nothing, twigs, 255 - twigs], axis=-1), hull)


def leaf_wall(rng, relief, gaps=0.0):
    """16 x 8 m of foliage, for hedges and rows of trees seen from the side; `gaps` as in `crown`."""
    wide = np.concatenate([_leaves(rng, relief), _leaves(rng, relief)], axis=1)
    noise = value_noise(rng, *wide.shape[:2], ((14, 0.6), (40, 1.0)))
    through = np.clip((noise + 2.2 * gaps - 2.2) * 300, 0, 255)[..., None]
    roles = np.concatenate([wide * (1 - through / 255), through], axis=2)
    return Texture(roles.astype(np.uint8), SIZE // 8)
