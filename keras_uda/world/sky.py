"""The sky, and the far end of the street below it."""

import cv2
import numpy as np

from keras_uda.world.camera import FAR

SKY = 10


def draw_sky(painter, light, tile, offset):
    """Gradient from zenith to horizon, clouds of `tile` over it; covers the whole canvas."""
    height, width = painter.canvas.shape[:2]
    rows = np.clip(np.linspace(0, height / max(painter.camera.horizon, 1), height), 0, 1).astype(np.float32)
    top, bottom = (np.array(colour, np.float32) for colour in light.sky)
    column = top + (bottom - top) * rows[:, None]
    sky = np.repeat(column.astype(np.uint8)[:, None], width, axis=1)
    if light.clouds > -0.45:
        lowest = int(min(max(painter.camera.horizon + 0.1 * height, 2), height))
        sky[:lowest] = _clouds(sky[:lowest], light, tile, offset)
    cv2.cvtColor(sky, cv2.COLOR_RGB2RGBA, dst=painter.canvas)
    painter.canvas[..., 3] = SKY


def _clouds(sky, light, tile, offset):
    """Mixes the colour of clouds in where the tile is bright."""
    height, width = sky.shape[:2]
    top, left = offset
    level = np.arange(256, dtype=np.float32)
    share = np.clip((level - 128) / 90 + light.clouds - 0.5, 0, 1)
    piece = cv2.resize(tile[top : top + 128, left : left + 256], (width, height))
    cloud = np.float32(light.cloud)
    mixed = [(sky[..., c], cloud[c]) for c in range(3)]
    cover = cv2.LUT(piece, (share * 255).astype(np.uint8))
    keep = cv2.bitwise_not(cover)
    parts = [
        cv2.add(cv2.multiply(part, keep, scale=1 / 255), cv2.multiply(cover, float(value), scale=1 / 255))
        for part, value in mixed
    ]
    return cv2.merge(parts)


def draw_backdrop(painter, heights, colour, train_id):
    """A far row of roofs or trees along the horizon, so that the road's end meets no sky."""
    camera = painter.camera
    drop = camera.focal * max(-camera.hill, 0) * FAR / 2  # where the ground ends on a road that falls
    low = camera.horizon + 3 + camera.height * 0.03 + abs(camera.roll) * camera.width / 2 + drop
    shares, tops = crest(heights, roofs=train_id == 2)
    along = shares * camera.width
    up = camera.horizon - tops * camera.focal / 100.0 + camera.roll * (along - camera.centre_x)
    pixels = [(0, low), *zip(along.tolist(), up.tolist(), strict=True), (camera.width, low)]
    painter.fill(pixels, (*painter.lit(colour, 90.0), train_id))
    nearer = camera.horizon - 0.6 * tops[::-1] * camera.focal / 100.0 + camera.roll * (along - camera.centre_x)
    pixels[1:-1] = zip(along.tolist(), nearer.tolist(), strict=True)
    painter.fill(pixels, (*painter.lit(colour, 60.0, 0.8), train_id))


def crest(heights, roofs):
    """Shares of the width (from 0 to 1) and heights of a skyline: blocks and gables, or the tops of a wood."""
    count = len(heights)
    if roofs:
        corners = [(0.0, 1.0), (0.5, 1.2) if max(heights) < 9 else (0.5, 1.0), (0.999, 1.0)]
        points = [((n + t) / count, height * share) for n, height in enumerate(heights) for t, share in corners]
        return tuple(np.array(points).T)
    across = np.linspace(0, 1, 4 * count)
    wood = np.interp(across, np.linspace(0, 1, count), heights)
    tuft = np.abs(np.sin(across * count * 2.3 + np.array(heights).sum())) + np.resize(heights, 4 * count) * 0.08
    return across, 0.75 * wood + 1.6 * tuft
