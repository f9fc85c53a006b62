"""How plants are drawn: (painter, atlas, light, what was drawn for it) -> strokes."""

from keras_uda.world.camera import NEAR
from keras_uda.world.objects import upright

VEGETATION = 8


def tree(painter, atlas, light, t):
    """t: x, z, height, spread, trunk, shelf (of the atlas), number, palette, stem, mirror."""
    z = t["z"]
    if z < 1.2:
        return
    palette = t["palette"]
    top = t["height"] * (0.12 if t["shelf"] == "bare" else t["stem"] + 0.15)
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
    corners = [(x, high, z0), (x, high, z1), (x, low, z1), (x, low, z0)]
    window = (0, 0, min((z1 - z0) * s["scale"], 16), min((high - low) * s["scale"], 8))
    crest = [(x, low + (high - low) * share, z0 + t * (z1 - z0)) for t, share in s["tops"]]
    painter.panel(texture, window, corners, s["palette"], VEGETATION, light.shade[side], [*crest, *corners[2:]])
