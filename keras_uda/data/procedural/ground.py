"""Sky, road surface and what is painted or thrown on it."""

import cv2
import numpy as np

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
    """Fills every pixel that sees the ground, with the cross-section times a grain that is fixed to the road."""
    first, x, z = painter.camera.ground()
    if first >= painter.camera.height:
        return None
    seen = np.isfinite(z)
    flat = np.where(seen, z, 1.0).astype(np.float32)
    section = cross_section(layout)
    lit = section.astype(np.float32)
    lit[..., :3] *= painter.gain
    section = np.clip(lit, 0, 255).astype(np.uint8)
    column = (x + np.float32(REACH)) * np.float32(1 / CELL)
    surface = cv2.remap(section, column, np.zeros_like(column), cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    density = np.where(flat < 5, np.float32(40), np.where(flat < 11, np.float32(16), np.float32(5)))
    grain = cv2.remap(tile, x * density, (flat + np.float32(travelled)) * density, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    surface = cv2.multiply(surface, cv2.addWeighted(grain, relief, tile_middle(grain), 1.0 - relief, 0), scale=1 / 128)
    if painter.density > 0:
        clear = (1.0 / (1.0 + np.float32(painter.density) * flat) ** 2)[..., None]
        colours = surface[..., :3] * clear + np.array(painter.fog, np.float32) * (1 - clear)
        surface[..., :3] = colours.astype(np.uint8)
    cv2.copyTo(surface, seen.astype(np.uint8), painter.canvas[first:])
    return first, seen


def tile_middle(like):
    """An unchanged ground of the same shape."""
    return np.full(like.shape, 128, np.uint8)


def draw_sky(painter, top, bottom, cloud, amount, offset):
    """Gradient from zenith to horizon with clouds; covers the whole canvas."""
    height, width = painter.canvas.shape[:2]
    rows = np.clip(np.linspace(0, height / max(painter.camera.horizon, 1), height), 0, 1).astype(np.float32)[:, None, None]
    sky = np.array(top, np.float32) * (1 - rows) + np.array(bottom, np.float32) * rows
    shift_y, shift_x = offset
    piece = cloud[shift_y : shift_y + 128, shift_x : shift_x + 256]
    piece = cv2.resize(piece, (width, height), interpolation=cv2.INTER_LINEAR)
    veil = (piece.astype(np.float32) - 128)[..., None] * (amount * 0.45)
    painter.canvas[..., :3] = np.clip(sky + veil, 0, 255)
    painter.canvas[..., 3] = SKY


def draw_backdrop(painter, heights, colour, train_id):
    """A far row of roofs or trees along the horizon, so that the road's end meets no sky."""
    width = painter.camera.width
    count = len(heights)
    tops = [painter.camera.horizon - h * painter.camera.focal / 100.0 for h in heights]
    low = painter.camera.horizon + 3 + painter.camera.height * 0.03
    tilt = painter.camera.roll
    pixels = [(0, low)]
    for number, top in enumerate(tops):
        for edge in (number, number + 1):
            u = edge * width / count
            pixels.append((u, top + tilt * (u - painter.camera.centre_x)))
    pixels.append((width, low))
    painter.fill(pixels, (*painter.lit(colour, 90.0), train_id))


def cast_shadows(painter, shadows, strength, first, seen):
    """Darkens the ground inside the polygons [(x, z), ...]; soft edges, classes untouched."""
    if not shadows:
        return
    shade = np.full(painter.canvas.shape[:2], 255, np.uint8)
    for polygon in shadows:
        pixels = [painter.camera.point(x, 0.0, max(z, 0.7)) for x, z in polygon]
        corners = np.clip(np.array(pixels), -30000, 30000).astype(np.int32)
        cv2.fillPoly(shade, [corners], int(255 * strength))
    shade = cv2.blur(shade[first:], (3, 3))
    below = painter.canvas[first:]
    factor = np.full((*shade.shape, 4), 255, np.uint8)
    factor[..., :3] = np.where(seen, shade, 255)[..., None]
    cv2.multiply(below, factor, dst=below, scale=1 / 255)
