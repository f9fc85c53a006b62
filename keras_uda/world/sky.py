"""The sky, and the far end of the street below it."""

import cv2
import numpy as np

SKY = 10


def draw_sky(painter, light, tile, offset):
    """Gradient from zenith to horizon, clouds of `tile` over it; covers the whole canvas."""
    height, width = painter.canvas.shape[:2]
    rows = np.clip(np.linspace(0, height / max(painter.camera.horizon, 1), height), 0, 1).astype(np.float32)
    top, bottom = (np.array(colour, np.float32) for colour in light.sky)
    column = top + (bottom - top) * rows[:, None]
    sky = np.repeat(column.astype(np.uint8)[:, None], width, axis=1)
    if light.clouds > 0.02:
        sky = _clouds(sky, light, tile, offset)
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
