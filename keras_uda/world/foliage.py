"""How plants are drawn: (painter, atlas, light, what was drawn for it) -> strokes."""

import numpy as np

from keras_uda.world.camera import NEAR
from keras_uda.world.objects import upright

VEGETATION = 8


def tree(painter, atlas, light, t):
    """t: x, z, height, spread, trunk, shelf (of the atlas), number, palette, stem, mirror."""
    z = t["z"]
    if z < 1.2:
        return
    palette = t["palette"]
    if t["shelf"] != "bare":  # whose picture has its trunk
        top = t["height"] * (t["stem"] + 0.15)
        upright(painter, t["x"], 0, top, z, t["trunk"], palette[2], VEGETATION, light.shade[0])
    size = (t["spread"], t["height"] * (1 - t["stem"]))
    foot = (t["x"], t["height"] * t["stem"], z)
    painter.sprite(getattr(atlas, t["shelf"])[t["number"]], foot, size, palette, VEGETATION, 1.0, t["mirror"])


def leaves(painter, atlas, light, s):
    """A hedge or row of trees. s: side, x, z0, z1, base, height, depth, texture, palette, scale, tops [(t, height)]."""
    z0, z1, side = max(s["z0"], NEAR), s["z1"], s["side"]
    if z1 <= z0:
        return
    x, low, high = s["x"], s["base"], s["height"]
    texture = atlas.leaf_walls[s["texture"]]
    if z0 > NEAR and s["depth"]:
        far = x + side * s["depth"]
        ends = [(x, high, z0), (far, high, z0), (far, low, z0), (x, low, z0)]
        top = high * s["tops"][0][1]
        outline = [(x, top, z0), ((x + far) / 2, high, z0), (far, top, z0), (far, low, z0), (x, low, z0)]
        painter.panel(texture, (0, 0, 6, 6), ends, s["palette"], VEGETATION, light.shade[0] * 0.9, outline)
    deep = min((high - low) * s["scale"], 8)
    for start, end, left, right in pieces(z0, z1, 16 / s["scale"]):
        corners = [(x, high, start), (x, high, end), (x, low, end), (x, low, start)]
        crest = [(x, low + (high - low) * share, z) for z, share in crest_of(s, start, end)]
        outline = [*crest, *corners[2:]]
        painter.panel(texture, (left, 0, right, deep), corners, s["palette"], VEGETATION, light.shade[side], outline)


def pieces(z0, z1, length):
    """(start, end, left, right) of equal parts, at most about `length` long; each second one is mirrored."""
    count = max(round((z1 - z0) / length), 1)
    step = (z1 - z0) / count
    wide = min(16.0, 16.0 * step / length)
    for number in range(count):
        start = z0 + number * step
        yield (start, start + step, *((0.0, wide) if number % 2 == 0 else (wide, 0.0)))


def crest_of(s, start, end):
    """Points (z, share of the height) of the uneven top between two distances."""
    low, length = s["z0"], max(s["z1"] - s["z0"], 1e-6)
    places, shares = zip(*s["tops"], strict=True)
    at = [(z - low) / length for z in (start, end)]
    inside = [(low + t * length, share) for t, share in s["tops"] if at[0] < t < at[1]]
    first, last = np.interp(at, places, shares).tolist()
    return [(start, first), *inside, (end, last)]
