"""Uneven surfaces: patches of light and dark on everything but the sky, so that texture alone says little of the class.

The patches are of dead leaves, a model of natural pictures: shapes that cover each other, of all sizes alike.
"""

import cv2
import numpy as np

SKY, IGNORE = 10, 255
ROWS = 192  # of the tile, for the height of a picture of any size
CALM = (0, 1, 9)  # road, pavement, ground: a third as strong


def dead_leaves(rng, size=512):
    """uint8 (size, size) of mean about 128: factors of brightness, 128 = unchanged."""
    tile = np.full((size, size), 128, np.uint8)
    for _ in range(3200):
        radius = min(3.0 * rng.random() ** -0.6, 70.0)
        middle = (int(place) for place in rng.uniform(-10, size + 10, 2))
        value = float(np.clip(rng.normal(128, 52), 10, 250))
        axes = int(radius), max(int(radius * rng.uniform(0.25, 1.0)), 1)
        if rng.random() < 0.5:
            cv2.ellipse(tile, tuple(middle), axes, rng.uniform(0, 180), 0, 360, value, -1)
        else:
            box = cv2.boxPoints((tuple(middle), (2.0 * axes[0], 2.0 * axes[1]), rng.choice((0.0, 0.0, 20.0, 70.0))))
            cv2.fillPoly(tile, [box.astype(np.int32)], value)
    return cv2.GaussianBlur(tile, (0, 0), 0.8)


def roughen(draw, canvas, tile, amount):
    """Multiplies colours of uint8 (height, width, 4) by a drawn piece of the tile, in place; classes stay."""
    if amount < 0.02:
        return
    height, width = canvas.shape[:2]
    across = min(int(ROWS * width / height) + 1, tile.shape[1])
    top, left = draw.randrange(tile.shape[0] - ROWS), draw.randrange(tile.shape[1] - across + 1)
    piece = cv2.resize(tile[top : top + ROWS, left : left + across], (width, height))
    classes = cv2.extractChannel(canvas, 3)
    factor = np.full_like(piece, 128)
    for share, chosen in ((amount, STRONG), (amount / 3, WEAK)):
        cv2.copyTo(cv2.convertScaleAbs(piece, alpha=share, beta=128 * (1 - share)), cv2.LUT(classes, chosen), factor)
    cv2.multiply(canvas, cv2.merge([factor, factor, factor, np.full_like(factor, 128)]), dst=canvas, scale=1 / 128)


WEAK = np.array([255 * (number in CALM) for number in range(256)], np.uint8)
STRONG = np.array([255 * (number not in (*CALM, SKY, IGNORE)) for number in range(256)], np.uint8)
