"""The road surface, and what it mirrors."""

import cv2
import numpy as np

from keras_uda.world.camera import FAR

ROAD, SIDEWALK, TERRAIN = 0, 1, 9
REACH = 50.0  # metres to each side
CELL = 0.05  # metres per entry of the cross-section


def cross_section(layout):
    """uint8 (1, n, 4): colour and class of the ground at each lateral position, -REACH..REACH."""
    section = np.empty((1, int(2 * REACH / CELL), 4), np.uint8)
    for left, right, colour, train_id in layout.strips:
        first, last = (int(round((min(max(x, -REACH), REACH) + REACH) / CELL)) for x in (left, right))
        section[0, first:last] = (*colour, train_id)
    return section


def draw_ground(painter, layout, tile, travelled, relief, wet=0.0):
    """Fills every pixel that sees the ground, with the cross-section times a grain that is fixed to the road.

    Returns:
        first row that may show ground and bool (height - first, width), where it does; None without any such row.
    """
    first, x, z = painter.camera.ground()
    if first >= painter.camera.height:
        return None
    seen = z < FAR
    section = cross_section(layout)
    section = cv2.transform(section, np.diag([*(part * (1 - 0.4 * wet) for part in painter.gain), 1.0]))
    column = (x * np.float32(1 / CELL) + np.float32(REACH / CELL)).astype(np.int32)
    surface = section.view(np.uint32).ravel().take(column, mode="clip").view(np.uint8).reshape(*column.shape, 4)
    density = np.float32(40) / np.clip(np.ceil(z * np.float32(0.2)), 1, 8)
    tile = cv2.convertScaleAbs(tile, alpha=relief, beta=128 * (1 - relief))
    grain = lookup(tile, x * density, (z + np.float32(travelled)) * density)
    cv2.multiply(surface, grain, dst=surface, scale=1 / 128)
    if painter.density > 0.0005:
        surface = _veil(surface, z, painter)
    cv2.copyTo(surface, seen.view(np.uint8), painter.canvas[first:])
    return first, seen


def lookup(tile, across, along):
    """Colours of a tile that repeats, interpolated; its last row and column are the first ones again.

    The remainder is taken here because OpenCV's own wrapping takes four times as long.
    """
    period = np.float32(tile.shape[0] - 1)
    places = (place - period * np.floor(place * (1 / period)) for place in (across, along))
    return cv2.remap(tile, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _veil(surface, z, painter):
    """Mixes the surface with the haze by distance; one value per row is enough."""
    clear = (1.0 / (1.0 + np.float32(painter.density) * z[:, z.shape[1] // 2]) ** 2)[:, None]
    flat = surface.reshape(len(surface), -1)  # long rows: NumPy is slow where the last axis has four entries
    veil = np.tile(np.array([*painter.fog, 0], np.float32), surface.shape[1]) * (1 - clear)
    mixed = (flat * clear + veil).astype(np.uint8).reshape(surface.shape)
    mixed[..., 3] = surface[..., 3]
    return mixed


def mirror_in_puddles(painter, first, strength=0.4):
    """Wet road and pavement show what stands above the horizon upside down; classes untouched."""
    canvas = painter.canvas
    horizon = int(min(max(painter.camera.horizon, first), canvas.shape[0]))
    depth = min(horizon, canvas.shape[0] - horizon)
    if depth < 2:
        return
    below = canvas[horizon : horizon + depth]
    mirrored = cv2.blur(cv2.flip(canvas[horizon - depth : horizon], 0), (1, 5))
    share = np.linspace(strength, 0.0, depth, dtype=np.float32)[:, None, None]
    mixed = (below * (1 - share) + mirrored * share).astype(np.uint8)
    mixed[..., 3] = below[..., 3]
    cv2.copyTo(mixed, (below[..., 3] <= SIDEWALK).view(np.uint8), below)
