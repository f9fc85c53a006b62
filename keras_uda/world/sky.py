"""The sky, and the far end of the street below it."""

import cv2
import numpy as np

from keras_uda.world.camera import FAR

SKY = 10


def draw_sky(painter, light, tile, offset):
    """Gradient from zenith to horizon, clouds of `tile` over it; covers the whole canvas."""
    height = painter.canvas.shape[0]
    rows = np.clip(np.linspace(0, height / max(painter.camera.horizon, 1), height), 0, 1).astype(np.float32)
    top, bottom = (np.array((*colour, SKY), np.float32) for colour in light.sky)
    column = top + (bottom - top) * rows[:, None]
    painter.canvas.view(np.uint32)[:] = column.astype(np.uint8).view(np.uint32)[:, None]
    if light.clouds > -0.45:
        lowest = int(min(max(painter.camera.horizon + 0.1 * height, 2), height))
        _clouds(painter.canvas[:lowest], light, tile, offset)


def _clouds(sky, light, tile, offset):
    """Mixes the colour of clouds into uint8 (height, width, 4), in place, where the tile is bright."""
    height, width = sky.shape[:2]
    top, left = offset
    level = np.arange(256, dtype=np.float32)
    share = np.clip((level - 128) / 90 + light.clouds - 0.5, 0, 1)
    piece = cv2.resize(tile[top : top + 128, left : left + 256], (width, height))
    cover = cv2.LUT(piece, (share * 255).astype(np.uint8))
    keep = cv2.multiply(sky, cv2.cvtColor(cv2.bitwise_not(cover), cv2.COLOR_GRAY2RGBA), scale=1 / 255)
    added = cv2.transform(cover, np.array([[part / 255] for part in (*light.cloud, SKY)], np.float32))
    cv2.add(keep, added, dst=sky)
    sky[..., 3] = SKY


def draw_backdrop(painter, heights, colour, train_id):
    """A far row of roofs or trees along the horizon, so that the road's end meets no sky."""
    camera = painter.camera
    drop = camera.focal * max(-camera.hill, 0) * FAR / 2  # where the ground ends on a road that falls
    low = camera.horizon + 3 + camera.height * 0.03 + abs(camera.roll) * camera.width / 2 + drop
    shares, tops = crest(heights, roofs=train_id == 2)
    along = shares * camera.width
    base = camera.horizon + camera.roll * (along - camera.centre_x)
    for depth, shade, rise in ((90.0, 1.0, tops), (60.0, 0.8, 0.6 * tops[::-1])):
        edge = np.stack([along, base - rise * camera.focal / 100.0], axis=1)
        pixels = np.concatenate([[(0, low)], edge, [(camera.width, low)]])
        painter.fill_array(pixels, (*painter.lit(colour, depth, shade), train_id))


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
