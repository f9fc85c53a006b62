"""Traffic signs and traffic lights of several countries: how they are drawn."""

import math

from keras_uda.world.objects import POLE
from keras_uda.world.objects import SIGN
from keras_uda.world.objects import TRAFFIC_LIGHT
from keras_uda.world.objects import upright

DARK = (26, 26, 28)
LAMPS = ((230, 40, 30), (250, 170, 40), (40, 220, 120))
ROUND, POINTED = ("disc", "octagon"), ("triangle", "give_way", "diamond")


def sign(painter, atlas, light, p):
    """A pole with one or two boards; p: x, z, height, colour, shape, size, aspect, face, rim, ink, second."""
    z, x, y = p["z"], p["x"], p["height"]
    if z < 1.0:
        return
    feet = (-0.8, 0.8) if p["shape"] == "direction" else (0.0,)
    for foot in feet:
        upright(painter, x + foot * p["size"], 0, y + 0.2, z, 0.04, p["colour"], POLE, light.shade[0])
    board(painter, x, y, z, p)
    if p["second"]:
        below = y - p["size"] * 1.2 - 0.2
        upright(painter, x, below - 0.16, below + 0.16, z, p["size"] * 0.9, p["second"], SIGN)


def board(painter, x, y, z, p):
    """The board alone, about (x, y, z); p: shape, size, aspect, face, rim, ink."""
    r, shape = p["size"], p["shape"]
    for scale, colour in ((1.0, p["rim"]), (0.74 if shape in ROUND + POINTED else 0.86, p["face"])):
        if shape == "disc":
            painter.disc((x, y, z), r * scale, colour, SIGN)
        elif shape in ("octagon", *POINTED):
            painter.polygon([(x + scale * r * a, y + scale * r * b, z) for a, b in OUTLINES[shape]], colour, SIGN)
        else:
            w = r * p["aspect"]
            upright(painter, x, y - r * scale, y + r * scale, z, w * scale, colour, SIGN)
    if p["ink"] and r * painter.camera.focal / z > 3:
        _writing(painter, x, y, z, p)


def _writing(painter, x, y, z, p):
    """A bar, or two lines and an arrow, in the colour `ink`."""
    r, wide = p["size"], p["size"] * (p["aspect"] if p["shape"] in ("board", "direction") else 0.55) * 0.7
    lines = (0.0,) if p["shape"] in ROUND + POINTED else (-0.4, 0.05, 0.45)
    for number, low in enumerate(lines):
        shorter = wide * (1.0 - 0.3 * (number % 2))
        ends = [
            (-wide, low - 0.14),
            (-wide, low + 0.14),
            (2 * shorter - wide, low + 0.14),
            (2 * shorter - wide, low - 0.14),
        ]
        painter.polygon([(x + a, y + b * r, z) for a, b in ends], p["ink"], SIGN)


def gantry(painter, atlas, light, g):
    """Boards on a beam across the road; g: x0, x1, z, height, colour, boards (each a board with its x)."""
    z, y = g["z"], g["height"]
    if z < 1.0:
        return
    for x in (g["x0"], g["x1"]):
        upright(painter, x, 0, y + 0.4, z, 0.16, g["colour"], POLE, light.shade[0])
    painter.polygon([(g["x0"], y + 0.4, z), (g["x1"], y + 0.4, z), (g["x1"], y, z), (g["x0"], y, z)], g["colour"], POLE)
    for plate in g["boards"]:
        board(painter, plate["x"], y + 0.3, z - 0.02, plate)


def traffic_light(painter, atlas, light, p):
    """A pole with heads (each x, top, size, sideways); p: x, z, height, colour, state, heads, housing, backing."""
    z, x, top = p["z"], p["x"], p["height"]
    if z < 1.0:
        return
    upright(painter, x, 0, top, z, 0.07, p["colour"], POLE, light.shade[0])
    far = max((head["x"] for head in p["heads"]), key=lambda other: abs(other - x))
    if abs(far - x) > 0.6:
        painter.polygon([(x, top, z), (far, top, z), (far, top - 0.14, z), (x, top - 0.1, z)], p["colour"], POLE)
    for head in p["heads"]:
        _head(painter, head, z - 0.02, p)


def _head(painter, head, z, p):
    x, top, size = head["x"], head["top"], head["size"]
    half = (0.5 if head["sideways"] else 0.19) * size
    low = top - (0.38 if head["sideways"] else 1.0) * size
    if p["backing"]:
        upright(painter, x, low - 0.16, top + 0.16, z, half + 0.16, p["backing"], TRAFFIC_LIGHT)
    upright(painter, x, low, top, z, half, p["housing"], TRAFFIC_LIGHT)
    for number, colour in enumerate(LAMPS):
        on = number == p["state"]
        glow = [c / max(g, 0.4) for c, g in zip(colour, painter.gain, strict=True)] if on else (44, 40, 40)
        along = (0.17 + 0.33 * number) * size
        place = (x - half + along, (low + top) / 2) if head["sideways"] else (x, top - along)
        painter.disc((*place, z - 0.02), 0.13 * size, glow, TRAFFIC_LIGHT)


OUTLINES = {
    "triangle": [(-1.15, -0.7), (0.0, 1.3), (1.15, -0.7)],
    "give_way": [(-1.15, 0.7), (1.15, 0.7), (0.0, -1.3)],
    "diamond": [(-1.2, 0.0), (0.0, 1.2), (1.2, 0.0), (0.0, -1.2)],
    "octagon": [(math.cos(a), math.sin(a)) for a in (math.pi / 8 + i * math.pi / 4 for i in range(8))],
}
