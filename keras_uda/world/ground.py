"""Sky, road surface and what is painted or thrown on it."""

import cv2
import numpy as np

from keras_uda.world.camera import FAR

ROAD, SIDEWALK, TERRAIN, SKY = 0, 1, 9, 10
REACH = 50.0  # metres to each side
CELL = 0.05  # metres per entry of the cross-section


def cross_section(layout):
    """uint8 (1, n, 4): colour and class of the ground at each lateral position, -REACH..REACH."""
    section = np.empty((1, int(2 * REACH / CELL), 4), np.uint8)
    for left, right, colour, train_id in layout.strips:
        first, last = (int(round((min(max(x, -REACH), REACH) + REACH) / CELL)) for x in (left, right))
        section[0, first:last] = (*colour, train_id)
    return section


def draw_ground(painter, layout, tile, travelled, relief):
    """Fills every pixel that sees the ground, with the cross-section times a grain that is fixed to the road.

    Returns:
        first row that may show ground and bool (height - first, width), where it does; None without any such row.
    """
    first, x, z = painter.camera.ground()
    if first >= painter.camera.height:
        return None
    seen = z < FAR
    section = cross_section(layout)
    section = cv2.transform(section, np.diag([*painter.gain, 1.0]))
    column = x * np.float32(1 / CELL) + np.float32(REACH / CELL)
    surface = cv2.remap(section, column, np.zeros_like(column), cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    density = np.float32(40) / np.clip(np.ceil(z * np.float32(0.2)), 1, 8)
    tile = cv2.convertScaleAbs(tile, alpha=relief, beta=128 * (1 - relief))
    along = (z + np.float32(travelled)) * density
    grain = cv2.remap(tile, x * density, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    cv2.multiply(surface, grain, dst=surface, scale=1 / 128)
    if painter.density > 0.0005:
        surface = _veil(surface, z, painter)
    cv2.copyTo(surface, seen.view(np.uint8), painter.canvas[first:])
    return first, seen


def _veil(surface, z, painter):
    """Mixes the surface with the haze by distance; one value per row is enough."""
    clear = (1.0 / (1.0 + np.float32(painter.density) * z[:, z.shape[1] // 2]) ** 2)[:, None, None]
    keep = np.concatenate([np.repeat(clear, 3, axis=2), np.ones_like(clear)], axis=2)
    veil = np.array([*painter.fog, 0], np.float32) * (1 - keep)
    return (surface * keep + veil).astype(np.uint8)


def draw_sky(painter, top, bottom, cloud, amount, offset):
    """Gradient from zenith to horizon with clouds; covers the whole canvas."""
    height, width = painter.canvas.shape[:2]
    rows = np.clip(np.linspace(0, height / max(painter.camera.horizon, 1), height), 0, 1).astype(np.float32)[
        :, None, None
    ]
    column = (np.array(top, np.float32) * (1 - rows) + np.array(bottom, np.float32) * rows).astype(np.uint8)
    sky = np.repeat(column, width, axis=1)
    shift_y, shift_x = offset
    piece = cv2.resize(cloud[shift_y : shift_y + 128, shift_x : shift_x + 256], (width, height))
    strength = amount * 0.45
    sky = cv2.addWeighted(sky, 1.0, cv2.cvtColor(piece, cv2.COLOR_GRAY2RGB), strength, -128 * strength)
    cv2.cvtColor(sky, cv2.COLOR_RGB2RGBA, dst=painter.canvas)
    painter.canvas[..., 3] = SKY


def draw_backdrop(painter, heights, colour, train_id):
    """A far row of roofs or trees along the horizon, so that the road's end meets no sky."""
    camera, count = painter.camera, len(heights)
    low = camera.horizon + 3 + camera.height * 0.03
    step = camera.width / count
    pixels = [(0, low)]
    for number, height in enumerate(heights):
        top = camera.horizon - height * camera.focal / 100.0
        edges = (0.0, 1.0) if train_id == 2 else (0.2, 0.5, 0.8)
        for edge in edges:
            u = (number + edge) * step
            bump = camera.focal * 0.012 if edge == 0.5 else 0.0
            pixels.append((u, top - bump + camera.roll * (u - camera.centre_x)))
    pixels.append((camera.width, low))
    painter.fill(pixels, (*painter.lit(colour, 90.0), train_id))


def cast_shadows(painter, shadows, strength, first, seen):
    """Darkens the ground inside the polygons [(x, z), ...]; soft edges, classes untouched."""
    shade = np.full((painter.canvas.shape[0] - first, painter.canvas.shape[1]), 255, np.uint8)
    drawn = False
    for polygon in shadows:
        if max(z for _, z in polygon) < 1.0:
            continue
        pixels = [painter.camera.point(x, 0.0, max(z, 0.7)) for x, z in polygon]
        corners = np.clip(np.array(pixels) - (0, first), -30000, 30000).astype(np.int32)
        cv2.fillPoly(shade, [corners], int(255 * strength))
        drawn = True
    if not drawn:
        return
    shade = cv2.blur(shade, (3, 3))
    shade[~seen] = 255
    below = painter.canvas[first:]
    cv2.multiply(below, cv2.merge([shade, shade, shade, np.full_like(shade, 255)]), dst=below, scale=1 / 255)


def mirror_in_puddles(painter, first):
    """Wet road and pavement show what stands above the horizon upside down; classes untouched."""
    canvas = painter.canvas
    horizon = int(min(max(painter.camera.horizon, first), canvas.shape[0]))
    depth = min(horizon, canvas.shape[0] - horizon)
    if depth < 2:
        return
    below = canvas[horizon : horizon + depth]
    mirrored = cv2.blur(cv2.flip(canvas[horizon - depth : horizon], 0), (1, 5))
    share = np.linspace(0.4, 0.0, depth, dtype=np.float32)[:, None, None]
    mixed = (below * (1 - share) + mirrored * share).astype(np.uint8)
    mixed[..., 3] = below[..., 3]
    cv2.copyTo(mixed, (below[..., 3] <= SIDEWALK).view(np.uint8), below)
