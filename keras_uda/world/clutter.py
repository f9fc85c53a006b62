"""Things on pavement and road that belong to no class: how they are drawn, and where they stand."""

from keras_uda.world import traffic
from keras_uda.world.camera import NEAR
from keras_uda.world.layout import count
from keras_uda.world.layout import vary
from keras_uda.world.objects import upright

IGNORE = 255
DULL = ((40, 44, 42), (96, 98, 98), (52, 76, 56), (130, 128, 120), (140, 110, 70), (60, 66, 90))
BRIGHT = ((210, 70, 30), (200, 40, 40), (230, 190, 50), (50, 110, 180), (230, 230, 226))
# Name -> (half width, height, depth) in metres, colours to draw from.
BOXES = {
    "bin": (0.28, 1.0, 0.5, DULL),
    "wheelie_bin": (0.3, 1.1, 0.7, (*DULL, *BRIGHT)),
    "cabinet": (0.5, 1.3, 0.4, DULL),
    "box": (0.3, 0.5, 0.5, (*DULL, (170, 140, 100))),
    "post_box": (0.25, 1.4, 0.4, BRIGHT),
    "hydrant": (0.14, 0.7, 0.3, BRIGHT),
    "pillar": (0.6, 3.0, 1.2, (*DULL, *BRIGHT)),
    "skip": (0.9, 1.3, 3.5, BRIGHT),
    "kiosk": (1.2, 2.4, 2.0, (*DULL, *BRIGHT)),
    "sacks": (0.6, 0.5, 0.5, ((30, 30, 32), (70, 74, 80))),
    "planter": (0.5, 0.6, 0.6, DULL),
}
COMMON = ("bin", "wheelie_bin", "wheelie_bin", "cabinet", "box", "post_box", "hydrant", "sacks", "planter", "bench")
COMMON += ("table",)


def box(painter, atlas, light, b):
    """A box with its front, top and the side one sees; b: x, z, half, height, depth, colour."""
    z0, z1, x, half, high = b["z"], b["z"] + b["depth"], b["x"], b["half"], b["height"]
    if z0 < NEAR:
        return
    flank = 1 if x < painter.camera.lateral else -1
    edge = x + flank * half
    side = [(edge, high, z0), (edge, high, z1), (edge, 0, z1), (edge, 0, z0)]
    painter.polygon(side, b["colour"], IGNORE, light.shade[-flank] * 0.85)
    if high < painter.camera.elevation:
        top = [(x - half, high, z0), (x - half, high, z1), (x + half, high, z1), (x + half, high, z0)]
        painter.polygon(top, b["colour"], IGNORE, 1.1)
    upright(painter, x, 0, high, z0, half, b["colour"], IGNORE, light.shade[0])


def bench(painter, atlas, light, b):
    """A seat or table on two legs, a back or a parasol above it; b: x, z, half, height, back, colour, parasol."""
    z, x, half, high = b["z"], b["x"], b["half"], b["height"]
    if z < 1.0:
        return
    for leg in (-0.8, 0.8):
        upright(painter, x + leg * half, 0, high, z, 0.04, b["colour"], IGNORE, 0.6)
    upright(painter, x, high - 0.08, high, z, half, b["colour"], IGNORE, light.shade[0])
    if b["back"]:
        upright(painter, x, high + 0.12, high + b["back"], z + 0.3, half, b["colour"], IGNORE, light.shade[0] * 0.8)
    if b["parasol"]:
        upright(painter, x, high, 2.4, z, 0.03, (120, 120, 116), IGNORE)
        painter.polygon([(x - 1.3, 2.0, z), (x, 2.6, z), (x + 1.3, 2.0, z)], b["parasol"], IGNORE, light.shade[0])


def cone(painter, atlas, light, c):
    """A traffic cone with a white band; c: x, z, height."""
    z, x, high = c["z"], c["x"], c["height"]
    if z < NEAR:
        return
    for low, top, colour in ((0.0, 1.0, (220, 80, 30)), (0.4, 0.65, (235, 235, 230))):
        a, b = 0.2 * high * (1.2 - low), 0.2 * high * (1.2 - top)
        corners = [(x - a, high * low, z), (x - b, high * top, z), (x + b, high * top, z), (x + a, high * low, z)]
        painter.polygon(corners, colour, IGNORE, light.shade[0])


def shelter(painter, atlas, light, s):
    """A bus shelter seen along the road: roof, posts, an end wall with a poster; s: side, x, z0, z1, colour, poster."""
    z0, z1, x, deep = max(s["z0"], NEAR + 0.1), s["z1"], s["x"], s["side"] * 1.4
    if z1 <= z0:
        return
    if s["z0"] > NEAR:
        upright(painter, x + deep / 2, 0.2, 2.2, z1, 0.6, s["poster"], IGNORE, light.shade[0])
        upright(painter, x, 0, 2.4, z0, 0.05, s["colour"], IGNORE)
    painter.polygon([(x, 2.6, z0), (x, 2.6, z1), (x, 2.35, z1), (x, 2.35, z0)], s["colour"], IGNORE)
    painter.polygon([(x, 2.6, z0), (x + deep, 2.6, z0), (x + deep, 2.35, z0), (x, 2.35, z0)], s["colour"], IGNORE)


def along_pavement(scene, draw, side, start, end):
    """Bins, boxes, benches with people, tables, a shelter on one side of a piece of street."""
    layout = scene.layout
    wide = layout.pavement[side]
    if wide < 0.9:
        return
    for _ in range(count(draw, scene.look.clutter * 1.8)):
        x = side * (layout.edge[side] + draw.uniform(0.35, max(wide - 0.3, 0.6)))
        z = draw.uniform(start, end)
        put(scene, draw, draw.choice(COMMON), x, z)
    if wide > 1.8 and draw.random() < 0.12 * scene.look.clutter:
        poster = vary(draw, draw.choice(BRIGHT), 0.2)
        stop = dict(side=side, x=side * (layout.edge[side] + 0.6), z0=start + 4, z1=start + 8, poster=poster)
        scene.add(start + 8, shelter, stop | dict(colour=vary(draw, (70, 74, 78), 0.2)))


def put(scene, draw, kind, x, z):
    """One thing of `BOXES`, a bench or a table."""
    if kind in ("bench", "table"):
        wood = vary(draw, draw.choice(((120, 90, 60), (80, 84, 84), (170, 168, 160))), 0.15)
        high, back = (0.46, draw.choice((0.0, 0.45))) if kind == "bench" else (0.76, 0.0)
        parasol = vary(draw, draw.choice(BRIGHT), 0.15) if kind == "table" and draw.random() < 0.4 else None
        seat = dict(x=x, z=z, half=0.8 if kind == "bench" else 0.5, height=high, back=back, parasol=parasol)
        scene.add(z, bench, seat | dict(colour=wood))
        if draw.random() < 0.5 * min(scene.look.people, 1.0):
            for place in draw.sample((-0.5, 0.0, 0.5), draw.randint(1, 2)):
                traffic.person(scene, draw, x + place, z - 0.05, None)
        return
    half, high, depth, colours = BOXES[kind]
    scale = draw.uniform(0.85, 1.2)
    solid = dict(x=x, z=z, half=half * scale, height=high * scale, depth=depth * scale)
    scene.add(z, box, solid | dict(colour=vary(draw, draw.choice(colours), 0.15)))
