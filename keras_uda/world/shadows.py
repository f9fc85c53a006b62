"""Shadows on the ground: of trees, of what stands beside the road and of what the picture does not show."""

import math

import cv2
import numpy as np

TURNS = [(math.cos(angle), math.sin(angle)) for angle in (0.0, 1.05, 2.1, 3.15, 4.2, 5.25)]


def tree_shadow(scene, draw, x, z, height, spread, shelf):
    """Trunk and crown of one tree; of a bare one only boughs."""
    light, chance = scene.light, draw.random()  # one draw whatever follows, so that a drive sees the same street
    if light.shadow >= 1 or z > 60:
        return
    sun_x, sun_z = light.sun
    scale = min(1.0, 40.0 / (height * math.hypot(sun_x, sun_z) + 1e-6))
    reach_x, reach_z = -sun_x * height * scale, sun_z * height * scale
    half = 0.12 + 0.02 * height
    far = (x + reach_x * 0.6, z + reach_z * 0.6)
    scene.shadows.append([(x - half, z), (x + half, z), (far[0] + half, far[1]), (far[0] - half, far[1])])
    for number in (1, 2):
        along, aside, ahead = ((chance * 97 * number * step) % 1.0 for step in (1, 7, 31))
        middle_x = x + reach_x * (0.55 + 0.45 * along) + (aside - 0.5) * 0.6 * spread
        middle_z = z + reach_z * (0.55 + 0.45 * along) + (ahead - 0.5) * 0.6 * spread
        if shelf == "bare":
            scene.shadows.append([far, (far[0] + half, far[1]), (middle_x, middle_z)])
        else:
            scene.shadows.append(blob(aside, middle_x, middle_z, spread * 0.34))


def blob(chance, x, z, radius):
    """A round, uneven polygon."""
    radii = [radius * (0.75 + 0.5 * ((chance * 53 * (number + 1)) % 1.0)) for number in range(len(TURNS))]
    return [(x + r * c, z + r * s) for (c, s), r in zip(TURNS, radii, strict=True)]


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
    shadows = [polygon for polygon in shadows if 1.0 < max([z for _, z in polygon]) < 200]
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
