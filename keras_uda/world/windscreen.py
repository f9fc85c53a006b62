"""Between street and lens: glare of the sun, rain, drops, dirt and reflections on the glass; no label changes."""

import math

import cv2
import numpy as np


def glare(image, light, camera):
    """Adds a glow around the sun where it stands ahead; it fades over about half of the picture."""
    sun_x, sun_z = light.sun
    if light.glare < 0.05 or sun_z >= 0:
        return image
    u = camera.centre_x - camera.focal * (-sun_x / -sun_z + camera.yaw)
    v = camera.horizon - camera.focal / math.hypot(1.0, -sun_z)
    across = (np.arange(32, dtype=np.float32)[None] + 0.5) / 32 - np.float32(u / camera.width)
    down = ((np.arange(24, dtype=np.float32)[:, None] + 0.5) / 24 - np.float32(v / camera.height)) * 0.75
    glow = 235 * light.glare * np.exp(-np.hypot(across, down) / np.float32(0.08 + 0.22 * light.glare))
    return _add(image, glow.astype(np.uint8), (1.0, 0.96, 0.86))


def reflection(draw, image, tile, amount):
    """A pale, blurred picture of what lies on the dashboard, as a veil over the lower part or all of it."""
    top, left = draw.randrange(128), draw.randrange(256)
    piece = tile[top : top + 96, left : left + 128].astype(np.float32)
    rows = np.linspace(draw.uniform(0.0, 1.0), 1.0, 96, dtype=np.float32)[:, None]
    return _add(image, (np.clip(piece - 90, 0, 165) * rows * amount).astype(np.uint8), (0.95, 1.0, 1.0))


def _add(image, small, colour):
    """Adds a small grey picture, enlarged and coloured."""
    height, width = image.shape[:2]
    veil = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.add(image, cv2.merge([cv2.convertScaleAbs(veil, alpha=part) for part in colour]))


def dirt(draw, image):
    """Specks and smears, darker or paler than what is behind."""
    height, width = image.shape[:2]
    marked = image.copy()
    for _ in range(draw.randrange(4, 40)):
        radius = max(int(draw.uniform(0.002, 0.018) * height), 1)
        place = int(draw.random() * width), int(draw.random() * height)
        axes = radius, max(int(radius * draw.uniform(0.4, 1.0)), 1)
        cv2.ellipse(marked, place, axes, draw.uniform(0, 180), 0, 360, (draw.choice((60, 110, 190)),) * 3, -1)
    share = draw.uniform(0.08, 0.35)
    size = 2 * max(height // 200, 1) + 1
    return cv2.addWeighted(image, 1 - share, cv2.blur(marked, (size, size)), share, 0)


def rain(draw, image):
    """Bright streaks."""
    height, width = image.shape[:2]
    wet = image.copy()
    slant = draw.uniform(-0.3, 0.3)
    for _ in range(40):
        x, y, length = draw.random() * width, draw.random() * height, draw.uniform(0.02, 0.09) * height
        ends = (int(x), int(y)), (int(x + slant * length), int(y + length))
        cv2.line(wet, *ends, (190, 195, 200), max(int(height / 300), 1))
    return cv2.addWeighted(image, 0.75, wet, 0.25, 0)


def drops(draw, image, count):
    """Drops on the glass: each shows the street upside down and blurred."""
    height, width = image.shape[:2]
    for _ in range(count):
        radius = max(int(draw.uniform(0.008, 0.035) * height), 1)
        x, y = draw.randrange(width), draw.randrange(height)
        part = image[max(y - radius, 0) : y + radius, max(x - radius, 0) : x + radius]
        if min(part.shape[:2]) < 3:
            continue
        seen = cv2.blur(cv2.flip(part, 0), (max(part.shape[1] // 2, 1), max(part.shape[0] // 2, 1)))
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.circle(mask, (part.shape[1] // 2, part.shape[0] // 2), radius, 255, -1)
        cv2.copyTo(seen, mask, part)
    return image
