"""Shadows on the ground: of trees, of what stands beside the road and of what the picture does not show."""

import math

import cv2
import numpy as np


def tree_shadow(scene, draw, x, z, height, spread, shelf):
    """Trunk and crown of one tree; of a bare one only boughs."""
    light = scene.light
    if light.shadow >= 1:
        return
    sun_x, sun_z = light.sun
    scale = min(1.0, 40.0 / (height * math.hypot(sun_x, sun_z) + 1e-6))
    reach_x, reach_z = -sun_x * height * scale, sun_z * height * scale
    half = 0.12 + 0.02 * height
    far = (x + reach_x * 0.6, z + reach_z * 0.6)
    scene.shadows.append([(x - half, z), (x + half, z), (far[0] + half, far[1]), (far[0] - half, far[1])])
    for _ in range(3):
        along, aside = draw.uniform(0.55, 1.0), draw.uniform(-0.3, 0.3) * spread
        middle = (x + reach_x * along + aside, z + reach_z * along + draw.uniform(-0.3, 0.3) * spread)
        if shelf == "bare":
            bough = [far, (far[0] + half, far[1]), middle]
            scene.shadows.append(bough)
        else:
            scene.shadows.append(blob(draw, *middle, spread * 0.32))


def blob(draw, x, z, radius):
    """A round, uneven polygon."""
    turns = (0.0, 0.9, 1.8, 2.7, 3.6, 4.5, 5.4)
    radii = [radius * draw.uniform(0.75, 1.25) for _ in turns]
    return [(x + r * math.cos(a), z + r * math.sin(a)) for a, r in zip(turns, radii, strict=True)]


def cross_shadows(scene, draw, start, end):
    """Bands across the road: houses and trees that stand where the camera does not look."""
    light = scene.light
    if light.shadow >= 1 or draw.random() >= light.bands:
        return
    side = 1 if light.sun[0] > 0 else -1
    lean = light.sun[1] * draw.uniform(4, 10)
    z, deep = draw.uniform(start, end), draw.uniform(1.5, 14)
    reach = draw.uniform(-0.6, 1.6) * scene.layout.edge[-side]
    edge = side * scene.layout.property[side]
    count = draw.randint(2, 7)
    rough = [-side * reach + draw.uniform(-1, 1) for _ in range(count)]
    tips = [(x, z + lean + deep * number / (count - 1)) for number, x in enumerate(rough)]
    scene.shadows.append([(edge, z), *tips, (edge, z + deep)])


def cast_shadows(painter, shadows, strength, first, seen):
    """Darkens the ground inside the polygons [(x, z), ...]; soft edges, classes untouched."""
    shadows = [polygon for polygon in shadows if max(z for _, z in polygon) > 1.0]
    if not shadows:
        return
    shade = np.full((painter.canvas.shape[0] - first, painter.canvas.shape[1]), 255, np.uint8)
    places = np.array([(x, 0.0, max(z, 0.7)) for polygon in shadows for x, z in polygon], np.float32)
    pixels = np.clip(painter.camera.points(places) - (0, first), -30000, 30000).astype(np.int32)
    end = 0
    for polygon in shadows:
        start, end = end, end + len(polygon)
        cv2.fillPoly(shade, [pixels[start:end]], int(255 * strength))
    softness = 3 + 2 * (painter.canvas.shape[0] // 384)
    shade = cv2.blur(shade, (softness, softness))
    shade[~seen] = 255
    below = painter.canvas[first:]
    cv2.multiply(below, cv2.merge([shade, shade, shade, np.full_like(shade, 255)]), dst=below, scale=1 / 255)
