"""How large structures are drawn: houses and trees across the view, bridges, canopies, guard rails."""

import math

from keras_uda.world.camera import NEAR
from keras_uda.world.objects import BUILDING
from keras_uda.world.objects import VEGETATION
from keras_uda.world.objects import WALL
from keras_uda.world.objects import upright

IGNORE = 255  # bridges and guard rails: Cityscapes trains on neither


def front(painter, atlas, light, b):
    """A house that faces the camera, with more storeys above the texture's. b: x0, x1, z, height, texture, palette."""
    z, texture, shade = b["z"], atlas.facades[b["texture"]], light.shade[0]
    if z < NEAR:
        return
    for low in range(0, int(b["height"]), 24):
        if painter.camera.point(b["x0"], low, z)[1] < -painter.camera.width:
            return
        high = min(low + 24, b["height"])
        window = (0, 24 - high + low, min(b["x1"] - b["x0"], 16), 24)
        corners = _upright(b["x0"], b["x1"], low, high, z)
        painter.panel(texture, window, corners, b["palette"], BUILDING, shade)


def leaf_front(painter, atlas, light, w):
    """Foliage that faces the camera. w: x0, x1, z, height, texture, palette, scale."""
    z, texture, size = w["z"], atlas.leaf_walls[w["texture"]], 8.0 / w["scale"]
    if z < NEAR:
        return
    painter.polygon(_upright(w["x0"], w["x1"], 0, w["height"], z), w["palette"][0], VEGETATION, 0.8)
    for x in range(int(w["x0"]), int(w["x1"]), int(2 * size)):
        for row in range(3):
            corners = _upright(x, x + 2 * size, row * size, (row + 1) * size, z)
            painter.panel(texture, (0, 0, 16, 8), corners, w["palette"], VEGETATION, light.shade[0])


def _upright(x0, x1, y0, y1, z):
    return [(x0, y1, z), (x1, y1, z), (x1, y0, z), (x0, y0, z)]


def crown(painter, atlas, light, c):
    """A crown without its trunk, above the road. c: x, y, z, size, number, palette, mirror."""
    foot = c["x"], c["y"], c["z"]
    painter.sprite(atlas.crowns[c["number"]], foot, c["size"], c["palette"], VEGETATION, 0.8, c["mirror"])


def bridge(painter, atlas, light, b):
    """A deck and its abutments. b: x0, x1, z0, z1, low, depth, colour, edges (x of the abutments, left and right)."""
    z0, z1, low, colour = max(b["z0"], NEAR), b["z1"], b["low"], b["colour"]
    if z1 <= NEAR:
        return
    for x, side in zip(b["edges"], (-1, 1), strict=True):
        painter.polygon([(x, low, z0), (x, low, z1), (x, 0, z1), (x, 0, z0)], colour, IGNORE, light.shade[side] * 0.6)
        if b["z0"] > NEAR:
            painter.polygon(_upright(*sorted((x, b["x0"] if side < 0 else b["x1"])), 0, low, z0), colour, IGNORE, 0.9)
    under = [(b["x0"], low, z0), (b["x1"], low, z0), (b["x1"], low, z1), (b["x0"], low, z1)]
    painter.polygon(under, colour, IGNORE, 0.3)
    if b["z0"] > NEAR:
        painter.polygon(_upright(b["x0"], b["x1"], low, low + b["depth"], z0), colour, IGNORE, light.shade[0])


def rail(painter, atlas, light, r):
    """A guard rail, which belongs to no class as in Cityscapes. r: side, x, z0, z1, colour."""
    z0, z1, x, shade = max(r["z0"], NEAR + 0.1), r["z1"], r["x"], light.shade[r["side"]]
    if z1 <= z0:
        return
    z = z1 - 0.1
    while z > z0:
        upright(painter, x, 0, 0.7, z, 0.05, r["colour"], IGNORE, shade * 0.7)
        z -= 4.0
    for low, high, bright in ((0.45, 0.78, 0.8), (0.62, 0.72, 1.1)):
        beam = [(x, high, z0), (x, high, z1), (x, low, z1), (x, low, z0)]
        painter.polygon(beam, r["colour"], IGNORE, shade * bright)


def tunnel(painter, atlas, light, t):
    """The mouth of a tunnel in a wall across the road. t: x0, x1, z, height, left, right, top, arch, colour."""
    z, left, right, top = t["z"], t["left"], t["right"], t["top"]
    if z < NEAR:
        return
    painter.polygon(_upright(t["x0"], t["x1"], 0, t["height"], z), t["colour"], WALL, light.shade[0])
    painter.polygon(
        _upright(t["x0"], t["x1"], t["height"] - 0.4, t["height"], z), t["colour"], WALL, light.shade[0] * 1.2
    )
    middle, half = (left + right) / 2, (right - left) / 2
    turns = [math.pi * number / 8 for number in range(9)]
    crown = [(middle + half * math.cos(a), top + t["arch"] * math.sin(a), z) for a in turns]
    painter.polygon([(right, 0, z), *crown, (left, 0, z)], (24, 23, 22), IGNORE)


def awning(painter, atlas, light, a):
    """Striped cloth above a shop. a: side, x, z0, z1, y, depth, colours (two)."""
    z0, z1, x, y = max(a["z0"], NEAR + 0.1), a["z1"], a["x"], a["y"]
    if z1 <= z0:
        return
    out = x - a["side"] * a["depth"]
    stripes = max(int((z1 - z0) / 0.5), 1) if z0 < 25 else 1
    for number in range(stripes):
        low, high = (z0 + (z1 - z0) * part / stripes for part in (number, number + 1))
        cloth = [(x, y, low), (x, y, high), (out, y - 0.5, high), (out, y - 0.5, low)]
        painter.polygon(cloth, a["colours"][number % 2], BUILDING, 1.0)
        edge = [(out, y - 0.5, low), (out, y - 0.5, high), (out, y - 0.75, high), (out, y - 0.75, low)]
        painter.polygon(edge, a["colours"][number % 2], BUILDING, light.shade[a["side"]] * 0.9)


def shop_sign(painter, atlas, light, s):
    """A board that stands out from a wall; it belongs to the building. s: x, z, y, half, tall, colour, ink."""
    if s["z"] < NEAR:
        return
    low, high = s["y"] - s["tall"] / 2, s["y"] + s["tall"] / 2
    upright(painter, s["x"], low, high, s["z"], s["half"], s["colour"], BUILDING)
    upright(painter, s["x"], low + s["tall"] * 0.3, high - s["tall"] * 0.3, s["z"], s["half"] * 0.7, s["ink"], BUILDING)


def scaffold(painter, atlas, light, s):
    """Tubes and planks before a facade, part of the building. s: side, x, z0, z1, height, colour."""
    z0, z1, x, shade = max(s["z0"], NEAR + 0.2), s["z1"], s["x"], light.shade[s["side"]]
    if z1 <= z0:
        return
    for level in range(1, int(s["height"] / 2) + 1):
        y = 2.0 * level
        plank = [(x, y + 0.12, z0), (x, y + 0.12, z1), (x, y - 0.12, z1), (x, y - 0.12, z0)]
        painter.polygon(plank, (150, 120, 84), BUILDING, shade)
    z = z0
    while z < z1:
        wide = 0.05 + 0.002 * z
        tube = [(x, s["height"], z), (x, s["height"], z + wide), (x, 0, z + wide), (x, 0, z)]
        painter.polygon(tube, s["colour"], BUILDING, shade)
        z += 2.2
