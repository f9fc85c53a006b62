"""Tree crowns, bare trees and leaf walls as pictures of roles (leaf, light leaf, bark)."""

import math

import cv2
import numpy as np

from keras_uda.world.textures import Sprite
from keras_uda.world.textures import Texture
from keras_uda.world.textures import value_noise

SIZE = 128


def crown(rng, raggedness, relief):
    """A leafy crown, about as wide as high, lit from above."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    kind = rng.integers(0, 3)
    for _ in range(int(rng.integers(14, 30))):
        angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.3)
        radius = rng.uniform(0.1, 0.2) if kind else rng.uniform(0.16, 0.2)
        y = 0.5 + reach * math.sin(angle)
        x = 0.5 + reach * math.cos(angle) * (y + 0.1 if kind == 2 else 1.0)
        cv2.circle(mask, (int(x * SIZE), int(y * SIZE)), int(radius * SIZE), 255, -1)
    noise = value_noise(rng, SIZE, SIZE, ((12, 0.6), (30, 1.0)))
    soft = cv2.GaussianBlur(mask, (0, 0), 3 + 5 * raggedness).astype(np.float32)
    mask = ((soft + 60 * raggedness * noise) > 127).astype(np.uint8) * 255
    left, top, width, height = cv2.boundingRect(mask)
    roles = _leaves(rng, relief)
    inside = slice(top, top + height), slice(left, left + width)
    return Sprite(roles[inside].copy(), mask[inside].copy())


def _leaves(rng, relief, size=SIZE):
    clumps = value_noise(rng, size, size, ((7, 1.0), (16, 0.8), (50, 0.7)))
    above = np.linspace(1.0, -1.0, size, dtype=np.float32)[:, None] * 0.7
    light = clumps * relief + above
    fine = rng.normal(size=(size, size)).astype(np.float32) * 18 * relief
    leaf = np.clip(150 + 45 * light + fine, 20, 255)
    bright = np.clip(35 + 60 * light + fine, 0, 200)
    bark = np.where(clumps < -1.6, 60, 0)
    return np.stack([leaf, bright, bark], axis=-1).astype(np.uint8)


def bare_tree(rng):
    """A winter tree; its outline is the hull of the twigs, as annotators draw it, and shows the sky between them."""
    size = SIZE * 2
    twigs = np.zeros((size, size), np.uint8)
    hull = np.zeros((size, size), np.uint8)

    def grow(x, y, angle, length, width):
        x1, y1 = x + length * math.sin(angle), y - length * math.cos(angle)
        cv2.line(twigs, (int(x), int(y)), (int(x1), int(y1)), 255, max(int(width), 1), cv2.LINE_AA)
        if length < 9:
            cv2.circle(hull, (int(x1), int(y1)), 9, 255, -1)
            return
        cv2.line(hull, (int(x), int(y)), (int(x1), int(y1)), 255, max(int(width), 2))
        for _ in range(int(rng.integers(2, 5))):
            grow(x1, y1, angle + rng.normal(0, 0.5), length * rng.uniform(0.6, 0.82), width * 0.62)

    grow(size / 2, size - 1, 0.0, size * 0.24, 9)
    hull = cv2.morphologyEx(cv2.bitwise_or(hull, twigs), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    left, top, width, height = cv2.boundingRect(hull)
    inside = slice(top, top + height), slice(left, left + width)
    density = cv2.GaussianBlur(twigs, (0, 0), 1.0)
    roles = np.stack([density * 0, 255 - density, density], axis=-1)  # (nothing, sky between, bark)
    return Sprite(roles[inside].copy(), hull[inside].copy())


def leaf_wall(rng, relief):
    """16 x 8 m of foliage, for hedges and rows of trees seen from the side."""
    wide = np.concatenate([_leaves(rng, relief), _leaves(rng, relief)], axis=1)
    return Texture(wide, 16)
