"""People, riders and their cycles as pictures of roles; a palette dresses them."""

import math

import cv2
import numpy as np

from keras_uda.world.textures import Sprite

TOP, LEGS, SKIN = 0, 1, 2
PIXELS = 64  # per metre


class _Sheet:
    """A small drawing board in metres, origin at the middle of its lower edge."""

    def __init__(self, width, height):
        self.width = width
        self.roles = np.zeros((int(height * PIXELS), int(width * PIXELS), 3), np.uint8)
        self.mask = np.zeros(self.roles.shape[:2], np.uint8)

    def _pixel(self, point):
        return int((point[0] + self.width / 2) * PIXELS), int(self.mask.shape[0] - 1 - point[1] * PIXELS)

    def limb(self, start, end, width, role, value):
        colour = [0, 0, 0]
        colour[role] = float(value)
        thickness = max(int(width * PIXELS), 1)
        cv2.line(self.roles, self._pixel(start), self._pixel(end), colour, thickness)
        cv2.line(self.mask, self._pixel(start), self._pixel(end), 255, thickness)

    def blob(self, points, role, value):
        colour = [0, 0, 0]
        colour[role] = float(value)
        pixels = np.array([self._pixel(p) for p in points], np.int32)
        cv2.fillPoly(self.roles, [pixels], colour)
        cv2.fillPoly(self.mask, [pixels], 255)

    def ellipse(self, centre, axes, role, value, thickness=-1):
        colour = [0, 0, 0]
        colour[role] = float(value)
        axes = (max(int(axes[0] * PIXELS), 1), max(int(axes[1] * PIXELS), 1))
        line = thickness if thickness < 0 else max(int(thickness * PIXELS), 1)
        cv2.ellipse(self.roles, self._pixel(centre), axes, 0, 0, 360, colour, line)
        cv2.ellipse(self.mask, self._pixel(centre), axes, 0, 0, 360, 255, line)

    def sprite(self, shading=0.25):
        """Rounds the figure by darkening one side, and cuts nothing off."""
        ramp = np.linspace(1.0, 1.0 - shading, self.roles.shape[1], dtype=np.float32)[None, :, None]
        return Sprite((self.roles * ramp).astype(np.uint8), self.mask)


def walker(rng, phase):
    """A standing (phase 0) or walking person; some are children, wear a skirt or hold an umbrella, a bag or a pram."""
    pram, umbrella, skirt = rng.random() < 0.08, rng.random() < 0.1, rng.random() < 0.2
    sheet = _Sheet(2.4 if pram else 1.4 if umbrella else 0.9, 2.35 if umbrella else 1.9)
    tall = rng.uniform(0.88, 1.04) * (0.66 if rng.random() < 0.1 and not (pram or umbrella) else 1.0)
    wide = rng.uniform(0.85, 1.25)
    standing = rng.uniform(0.02, 0.08)
    stride = 0.26 * math.sin(phase) if phase else standing
    side_on = rng.random() < 0.6 or pram
    hip, shoulder, head = 0.88 * tall, 1.42 * tall, 1.64 * tall
    body = 0.15 * wide if side_on else 0.21 * wide
    for sign, value in ((-1, 190), (1, 240)):
        foot = sign * (stride if side_on else 0.1)
        knee = foot * 0.5 + (0.05 if side_on else 0)
        sheet.limb((sign * 0.07 * wide, hip), (knee, hip * 0.5), 0.15 * wide, LEGS, value)
        lift = 0.0 if side_on else max(sign * 0.5 * stride, 0.0) * (phase > 0)  # of the foot behind, seen from ahead
        sheet.limb((knee, hip * 0.5), (foot, 0.06 + lift), 0.11 * wide, SKIN if skirt else LEGS, value)
        sheet.limb((foot, 0.04 + lift), (foot + (0.08 if side_on else 0), 0.03 + lift), 0.08, LEGS, 70)
    length = hip - (0.25 if rng.random() < 0.35 else 0.02)  # a long coat
    if skirt:
        sheet.blob([(-body * 1.3, hip * 0.55), (-body, hip), (body, hip), (body * 1.3, hip * 0.55)], LEGS, 200)
    coat = [(-body, length), (-body * 1.05, shoulder - 0.05), (-body * 0.6, shoulder + 0.05)]
    coat += [(body * 0.6, shoulder + 0.05), (body * 1.05, shoulder - 0.05), (body, length)]
    sheet.blob(coat, TOP, 230)
    reach = rng.uniform(0.9, 1.2)
    for sign, value in ((-1, 180), (1, 255)):
        hand = (sign * (body + 0.07) - (sign * stride * 0.9 if side_on else 0), hip * reach)
        if pram or (umbrella and sign > 0):
            hand = (0.42, hip * 1.1) if pram else (body + 0.1, shoulder - 0.1)
        sheet.limb((sign * body * 0.9, shoulder - 0.04), hand, 0.1, TOP, value)
        sheet.ellipse(hand, (0.045, 0.05), SKIN, 230)
    if rng.random() < 0.3:
        sheet.blob([(body, hip), (body + 0.2, hip), (body + 0.2, hip + 0.3), (body, hip + 0.35)], LEGS, 140)
    if rng.random() < 0.2:  # a rucksack
        sheet.ellipse((-body - 0.05, shoulder - 0.22), (0.12, 0.22), LEGS, rng.uniform(80, 255))
    _head(rng, sheet, (0.02, head))
    if pram:
        _pram(sheet)
    if umbrella:
        _umbrella(sheet, (body + 0.1, shoulder - 0.1), head + 0.25, rng.uniform(60, 255))
    return sheet.sprite()


def _pram(sheet):
    sheet.blob([(0.45, 0.5), (0.5, 0.85), (0.8, 0.95), (1.1, 0.6), (1.0, 0.42)], TOP, 150)
    sheet.limb((0.42, 0.97), (0.65, 0.5), 0.05, LEGS, 120)
    for x in (0.58, 0.98):
        sheet.ellipse((x, 0.16), (0.14, 0.14), LEGS, 60)


def _umbrella(sheet, hand, y, value):
    sheet.limb(hand, (hand[0] - 0.05, y + 0.3), 0.03, LEGS, 160)
    top = [(hand[0] - 0.05 + 0.52 * math.cos(a), y + 0.36 * math.sin(a)) for a in np.linspace(0, math.pi, 9)]
    sheet.blob(top, LEGS, value)


def sitter(rng):
    """Somebody on a bench, seen from ahead or from the side, on a sheet of 1.0 x 1.4 m."""
    sheet, side_on = _Sheet(1.0, 1.4), rng.random() < 0.5
    knee = (0.35, 0.5) if side_on else (0.12, 0.48)
    for sign, value in ((-1, 200), (1, 235)):
        shift = 0.03 * sign if side_on else 0.0
        at = (knee[0] if side_on else sign * knee[0], knee[1])
        sheet.limb((sign * 0.08, 0.52), at, 0.16, LEGS, value)
        sheet.limb(at, (at[0] + shift, 0.05), 0.12, LEGS, value - 20)
    wide = 0.15 if side_on else 0.2
    sheet.blob([(-wide, 0.45), (-wide, 0.95), (-0.1, 1.06), (0.1, 1.06), (wide, 0.95), (wide, 0.45)], TOP, 230)
    for sign in (-1, 1):
        sheet.limb((sign * wide, 0.95), (0.2 if side_on else sign * 0.15, 0.6), 0.1, TOP, 200)
    _head(rng, sheet, (0.02, 1.22))
    return sheet.sprite()


def _head(rng, sheet, centre, helmet=False):
    sheet.limb((centre[0], centre[1] - 0.18), centre, 0.1, SKIN, 190)
    sheet.ellipse(centre, (0.1, 0.125), SKIN, 240)
    if helmet:
        sheet.ellipse((centre[0], centre[1] + 0.05), (0.13, 0.11), TOP, 120)
    else:
        sheet.ellipse((centre[0] - 0.02, centre[1] + 0.06), (0.105, 0.08), LEGS, rng.uniform(20, 200))


def _wheel(sheet, x, radius, tyre):
    sheet.ellipse((x, radius), (radius, radius), LEGS, 90, tyre)
    sheet.ellipse((x, radius), (0.04, 0.04), TOP, 200)


def bicycle(rng, side_on):
    """A bicycle and somebody on it as two sprites on one sheet of 1.9 x 1.9 m."""
    cycle, rider = _Sheet(1.9, 1.9), _Sheet(1.9, 1.9)
    lean = rng.uniform(-0.05, 0.12)
    if side_on:
        for x in (-0.53, 0.53):
            _wheel(cycle, x, 0.34, 0.05)
        for a, b in (((-0.53, 0.34), (-0.2, 0.8)), ((-0.2, 0.8), (0.42, 0.82)), ((0.42, 0.9), (0.53, 0.34))):
            cycle.limb(a, b, 0.05, TOP, 230)
        for a, b in (((-0.15, 0.75), (0.0, 0.3)), ((0.0, 0.3), (0.42, 0.8)), ((-0.53, 0.34), (0.0, 0.3))):
            cycle.limb(a, b, 0.05, TOP, 230)
        cycle.limb((-0.3, 0.9), (-0.1, 0.9), 0.07, LEGS, 80)
        cycle.limb((0.35, 1.0), (0.5, 0.98), 0.05, LEGS, 120)
        hip, shoulder = (-0.2, 0.95), (0.12 + lean, 1.42)
        for foot in ((0.1, 0.2), (0.0, 0.42)):
            rider.limb(hip, (0.18, 0.7), 0.15, LEGS, 230)
            rider.limb((0.18, 0.7), foot, 0.11, LEGS, 200)
        rider.limb(hip, shoulder, 0.26, TOP, 240)
        rider.limb(shoulder, (0.42, 1.02), 0.1, TOP, 200)
        _head(rng, rider, (0.2 + lean, 1.66), rng.random() < 0.5)
    else:
        cycle.limb((0, 0.02), (0, 0.68), 0.07, LEGS, 90)
        cycle.limb((0, 0.5), (0, 1.0), 0.05, TOP, 200)
        cycle.limb((-0.28, 1.0), (0.28, 1.0), 0.05, LEGS, 130)
        for sign in (-1, 1):
            rider.limb((sign * 0.1, 0.95), (sign * 0.14, 0.55), 0.15, LEGS, 230)
            rider.limb((sign * 0.14, 0.55), (sign * 0.11, 0.2 if sign > 0 else 0.36), 0.11, LEGS, 200)
            rider.limb((sign * 0.2, 1.4), (sign * 0.28, 1.05), 0.1, TOP, 200)
        rider.blob([(-0.2, 0.9), (-0.24, 1.42), (-0.1, 1.5), (0.1, 1.5), (0.24, 1.42), (0.2, 0.9)], TOP, 240)
        _head(rng, rider, (0, 1.68), rng.random() < 0.5)
    return cycle.sprite(0.1), rider.sprite()


def motorcycle(rng, side_on):
    """A motorcycle or scooter and its rider as two sprites on one sheet of 2.2 x 1.9 m."""
    cycle, rider = _Sheet(2.2, 1.9), _Sheet(2.2, 1.9)
    if side_on:
        for x in (-0.7, 0.7):
            cycle.ellipse((x, 0.32), (0.32, 0.32), LEGS, 70)
            cycle.ellipse((x, 0.32), (0.16, 0.16), LEGS, 200)
        cycle.blob(
            [(-0.85, 0.6), (-0.75, 0.85), (0.0, 0.75), (0.3, 0.98), (0.62, 0.85), (0.45, 0.3), (-0.4, 0.28)], TOP, 230
        )
        cycle.blob([(-0.4, 0.2), (0.35, 0.2), (0.3, 0.5), (-0.35, 0.5)], LEGS, 140)
        cycle.limb((0.42, 1.05), (0.72, 0.4), 0.09, LEGS, 190)
        cycle.ellipse((0.62, 0.86), (0.1, 0.1), SKIN, 255)
        hip, shoulder = (-0.25, 0.85), (0.05, 1.38)
        rider.limb(hip, (0.22, 0.72), 0.18, LEGS, 230)
        rider.limb((0.22, 0.72), (0.05, 0.3), 0.13, LEGS, 200)
        rider.limb(hip, shoulder, 0.3, TOP, 240)
        rider.limb(shoulder, (0.42, 1.05), 0.12, TOP, 200)
        _head(rng, rider, (0.12, 1.6), True)
    else:
        cycle.limb((0, 0.05), (0, 0.62), 0.17, LEGS, 70)
        cycle.blob([(-0.2, 0.4), (-0.24, 0.85), (-0.1, 1.0), (0.1, 1.0), (0.24, 0.85), (0.2, 0.4)], TOP, 230)
        cycle.limb((-0.38, 1.05), (0.38, 1.05), 0.06, LEGS, 130)
        cycle.ellipse((0, 0.82), (0.1, 0.08), SKIN, 255)
        for sign in (-1, 1):
            rider.limb((sign * 0.14, 0.9), (sign * 0.26, 0.5), 0.17, LEGS, 230)
            rider.limb((sign * 0.24, 1.38), (sign * 0.34, 1.08), 0.12, TOP, 200)
        rider.blob([(-0.22, 0.85), (-0.27, 1.4), (-0.1, 1.48), (0.1, 1.48), (0.27, 1.4), (0.22, 0.85)], TOP, 240)
        _head(rng, rider, (0, 1.64), True)
    return cycle.sprite(0.1), rider.sprite()
