"""Facades: walls with windows, doors, shops and bands, as textures of roles (wall, glass, trim)."""

import cv2
import numpy as np

from keras_uda.world.textures import Texture
from keras_uda.world.textures import value_noise

METRE = 16
WIDTH, HEIGHT = 16, 24  # metres

WALL, GLASS, TRIM = 0, 1, 2


def facade(rng, style):
    """One facade of 16 x 24 m; `style` holds ranges, see `appearance`.

    Returns:
        Texture with extra ground (height of the ground floor), storey (height of the others), in metres.
    """
    height, width = HEIGHT * METRE, WIDTH * METRE
    shade = _wall(rng, height, width, style["relief"])
    roles = np.zeros((height, width, 3), np.uint8)
    roles[..., WALL] = shade
    ground, storey = rng.uniform(2.8, 4.4), rng.uniform(*style["storey"])
    bay = rng.uniform(*style["bay"])
    bays = max(int(WIDTH / bay), 1)
    bay = WIDTH / bays
    window = (bay * rng.uniform(*style["window_width"]), storey * rng.uniform(*style["window_height"]))
    plan = dict(
        bay=bay,
        cross=rng.random() < style["crossbars"],
        frame=rng.random() < style["frames"],
        lit=rng.uniform(0.3, 1.0),
        deep=rng.random() < 0.5,
    )
    if rng.random() < style["bands"]:
        for number in range(8):
            _box(roles, 0, ground + number * storey - 0.15, WIDTH, 0.22, TRIM, rng.uniform(120, 230))
    for number in range(int((HEIGHT - ground) / storey)):
        sill = ground + number * storey + (storey - window[1]) * 0.55
        for column in range(bays):
            if rng.random() < style["blind"]:
                continue
            _window(rng, roles, (column + 0.5) * bay - window[0] / 2, sill, *window, plan)
    if rng.random() < style["shops"]:
        _shops(rng, roles, ground)
    else:
        _ground_floor(rng, roles, ground, window, bays, plan)
    return Texture(roles, METRE, ground=ground, storey=storey)


def _wall(rng, height, width, relief):
    coarse = value_noise(rng, height, width, ((3, 1.0), (9, 0.6), (40, 0.4)))
    fine = rng.normal(size=(height, width)).astype(np.float32)
    relief = relief * rng.uniform(0.5, 2.2)
    shade = 225 + relief * (rng.uniform(4, 20) * coarse + rng.uniform(4, 13) * fine)
    above = np.arange(height, 0, -1, dtype=np.float32)[:, None] / METRE  # metres above the ground
    shade -= rng.uniform(0, 70) * relief * np.exp(-above / rng.uniform(0.3, 2.0))  # soot and damp
    if rng.random() < 0.5:
        rows = rng.integers(3, 7)
        shade[::rows] -= 16 * relief
    if rng.random() < 0.25:
        shade[:, :: rng.integers(16, 50)] -= 25
    return np.clip(shade, 60, 255).astype(np.uint8)


def _box(roles, x, y, width, height, role, value):
    """Fills a rectangle (metres, y above the ground) with one role."""
    bottom = HEIGHT * METRE - round(y * METRE)
    colour = [0, 0, 0]
    colour[role] = float(value)
    cv2.rectangle(
        roles,
        (round(x * METRE), bottom - round(height * METRE)),
        (round((x + width) * METRE) - 1, bottom - 1),
        colour,
        -1,
    )


def _window(rng, roles, x, y, width, height, plan):
    if plan["frame"]:
        _box(roles, x - 0.12, y - 0.15, width + 0.24, height + 0.28, TRIM, rng.uniform(170, 250))
    _box(roles, x, y, width, height, GLASS, rng.uniform(120, 255) if rng.random() < plan["lit"] else 60)
    if rng.random() < 0.4:
        _box(roles, x, y + height * 0.5, width, height * 0.5, GLASS, rng.uniform(60, 255))
    if plan["deep"]:
        _box(roles, x, y + height * 0.93, width, height * 0.07 + 0.05, WALL, 70)
    if plan["cross"]:
        _box(roles, x + width / 2 - 0.05, y, 0.1, height, TRIM, 220)
        _box(roles, x, y + height * 0.55, width, 0.1, TRIM, 220)
    if rng.random() < 0.25:
        _box(roles, x, y, width * rng.uniform(0.2, 0.5), height, TRIM, rng.uniform(120, 200))


def _shops(rng, roles, ground):
    x = 0.0
    while x < WIDTH:
        width = rng.uniform(3, 6)
        fascia = rng.uniform(0.5, 0.9)
        _box(roles, x, 0, width, ground - fascia, TRIM, rng.uniform(60, 160))
        _box(roles, x, ground - fascia, width, fascia, TRIM, rng.uniform(90, 255))
        for letter in np.arange(x + 0.6, x + width - 0.8, 0.5):
            _box(roles, letter, ground - fascia * 0.7, rng.uniform(0.15, 0.4), fascia * 0.4, WALL, 255)
        panes = rng.integers(1, 4)
        for pane in range(panes):
            step = (width - 0.4) / panes
            sill = 0.1 if rng.random() < 0.3 else 0.6
            _box(
                roles,
                x + 0.25 + pane * step,
                sill,
                step - 0.2,
                ground - fascia - sill - 0.2,
                GLASS,
                rng.uniform(40, 220),
            )
        x += width


def _ground_floor(rng, roles, ground, window, bays, plan):
    door = rng.integers(0, bays)
    for column in range(bays):
        middle = (column + 0.5) * plan["bay"]
        if column % 4 == door % 4:
            _box(roles, middle - 0.65, 0, 1.3, 2.5, TRIM, 230)
            _box(roles, middle - 0.5, 0, 1.0, 2.15, TRIM, rng.uniform(40, 150))
        elif rng.random() < 0.9:
            _window(rng, roles, middle - window[0] / 2, 0.9, window[0], min(window[1], ground - 1.4), plan)
