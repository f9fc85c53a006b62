"""How each thing of the street is drawn: (painter, atlas, light, what was drawn for it) -> strokes."""

import math

from keras_uda.world.camera import NEAR
from keras_uda.world.people import PIXELS
from keras_uda.world.vehicles import BUS
from keras_uda.world.vehicles import CAR
from keras_uda.world.vehicles import TRAIN
from keras_uda.world.vehicles import TRUCK
from keras_uda.world.vehicles import car
from keras_uda.world.vehicles import coach
from keras_uda.world.vehicles import place_solid
from keras_uda.world.vehicles import truck

BUILDING, WALL, FENCE, POLE, TRAFFIC_LIGHT, SIGN, VEGETATION = 2, 3, 4, 5, 6, 7, 8
PERSON, RIDER, MOTORCYCLE, BICYCLE = 11, 12, 17, 18


def building(painter, atlas, light, b):
    """b: side, x, z0, z1, height, depth, texture, palette, roof (height, colour), gable ("none", "plain", "facade")."""
    if b["z1"] <= NEAR:
        return
    if b["roof"][0]:
        _roof(painter, light, b)
    if b["gable"] != "none" and b["z0"] > NEAR:
        _gable(painter, atlas, light, b)
    _front(painter, atlas, light, b)


def _roof(painter, light, b):
    """The slope above the street with its chimney, and the triangle at the near end."""
    z0, z1, side, x, height = max(b["z0"], NEAR), b["z1"], b["side"], b["x"], b["height"]
    rise, colour = b["roof"]
    ridge = x + side * b["depth"] / 2
    slope = [(x, height, z0), (ridge, height + rise, z0), (ridge, height + rise, z1), (x, height, z1)]
    if _faces_camera(painter, slope, side):
        painter.polygon(slope, colour, BUILDING, light.shade[side])
        if b["chimney"]:
            at, top = (z0 + z1) / 2, height + rise + 1.0
            stack = [(ridge, height, at), (ridge, top, at), (ridge + 0.8, top, at), (ridge + 0.8, height, at)]
            painter.polygon(stack, b["palette"][0], BUILDING, 0.8)
    if b["gable"] != "none":
        end = [(x, height, z0), (ridge, height + rise, z0), (x + side * b["depth"], height, z0)]
        painter.polygon(end, b["palette"][0], BUILDING, light.shade[0] * 0.8)


def _gable(painter, atlas, light, b):
    """The wall at the near end, plain or with windows."""
    x, z0, height, far = b["x"], b["z0"], b["height"], b["x"] + b["side"] * b["depth"]
    corners = [(x, height, z0), (far, height, z0), (far, 0, z0), (x, 0, z0)]
    if b["gable"] == "facade":
        other = atlas.facades[(b["texture"] + 3) % len(atlas.facades)]
        window = (0, 24 - height, min(b["depth"], 16), 24)
        painter.panel(other, window, corners, b["palette"], BUILDING, light.shade[0])
    else:
        painter.polygon(corners, b["palette"][0], BUILDING, light.shade[0] * 0.85)


def _front(painter, atlas, light, b):
    """The facade along the street, in bands of sun and shade."""
    z0, z1, side, x, height = max(b["z0"], NEAR), b["z1"], b["side"], b["x"], b["height"]
    start = b["start"] + (z0 - b["z0"]) * b["stretch"]
    end = b["start"] + (z1 - b["z0"]) * b["stretch"]
    for low, high, shade in light.on_wall(side, height):
        corners = [(x, high, z0), (x, high, z1), (x, low, z1), (x, low, z0)]
        window = (start, 24 - b["rows"] * high / height, end, 24 - b["rows"] * low / height)
        painter.panel(atlas.facades[b["texture"]], window, corners, b["palette"], BUILDING, shade)


def _faces_camera(painter, corners, side):
    (ax, ay), (bx, by), (cx, cy) = (painter.camera.point(*c) for c in corners[:3])
    return side * ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) < 0


def screen(painter, atlas, light, s):
    """A wall. s: side, x, z0, z1, base, height, train_id, palette."""
    z0, z1 = max(s["z0"], NEAR), s["z1"]
    if z1 <= z0:
        return
    x, low, high = s["x"], s.get("base", 0.0), s["height"]
    corners = [(x, high, z0), (x, high, z1), (x, low, z1), (x, low, z0)]
    painter.polygon(corners, s["palette"][0], s["train_id"], light.shade[s["side"]])
    cap = [(x, high, z0), (x, high, z1), (x, high - 0.12, z1), (x, high - 0.12, z0)]
    painter.polygon(cap, s["palette"][2], s["train_id"], light.shade[s["side"]])


def fence(painter, atlas, light, f):
    """Posts, rails and bars; what shows between them belongs to the fence, as annotators have it."""
    z0, z1, x, height = max(f["z0"], NEAR + 0.1), f["z1"], f["x"], f["height"]
    if z1 <= z0:
        return
    back = [(x, height, z0), (x, height, z1), (x, 0.05, z1), (x, 0.05, z0)]
    painter.polygon(back, f["infill"], FENCE, light.shade[f["side"]] * 0.8)
    step = max(f["step"], 0.012 * z0)
    z = z0
    while z < min(z1, 30):
        thick = f["bar"] + 0.002 * z
        bar = [(x, height, z), (x, height, z + thick), (x, 0, z + thick), (x, 0, z)]
        painter.polygon(bar, f["colour"], FENCE, light.shade[f["side"]])
        z += step * (1 + z / 12)
    for y in (height - 0.08, 0.15):
        rail = [(x, y + 0.08, z0), (x, y + 0.08, z1), (x, y, z1), (x, y, z0)]
        painter.polygon(rail, f["colour"], FENCE, light.shade[f["side"]])


def upright(painter, x, y0, y1, z, radius, colour, train_id, shade=1.0):
    """A pole, trunk or board: an upright rectangle facing the camera, at least about a pixel wide."""
    half = max(radius, 0.35 * z / painter.camera.focal)
    painter.polygon(
        [(x - half, y0, z), (x - half, y1, z), (x + half, y1, z), (x + half, y0, z)], colour, train_id, shade
    )


def lamp(painter, atlas, light, p):
    """p: x, z, height, side, colour, arm."""
    z, x = p["z"], p["x"]
    if z < 1.0:
        return
    upright(painter, x, 0, p["height"], z, p["radius"], p["colour"], POLE, light.shade[0])
    if p["arm"]:
        tip = x - p["side"] * p["arm"]
        y = p["height"]
        thick = max(0.06, 0.5 * z / painter.camera.focal)
        painter.polygon([(x, y, z), (tip, y + 0.2, z), (tip, y + 0.2 - thick, z), (x, y - thick, z)], p["colour"], POLE)
        head = (255, 240, 190) if light.dusk else (170, 170, 170)
        painter.polygon(
            [
                (tip, y + 0.28, z),
                (tip + p["side"] * 0.6, y + 0.24, z),
                (tip + p["side"] * 0.6, y + 0.1, z),
                (tip, y + 0.1, z),
            ],
            head,
            POLE,
        )


def person(painter, atlas, light, p):
    """p: x, z, number, phase (None = sitting), palette, height, mirror."""
    sits = p["phase"] is None
    sprite = atlas.sitters[p["number"] % len(atlas.sitters)] if sits else atlas.walkers[p["number"]][p["phase"]]
    tall, wide = (length / PIXELS * p["height"] for length in sprite.levels[0][1].shape)
    painter.sprite(
        sprite, (p["x"], -0.02, p["z"]), (wide, tall), p["palette"], PERSON, light.shade[0] * 1.1, p["mirror"]
    )


def cycle(painter, atlas, light, c):
    """A bicycle or motorcycle, ridden or parked; c: x, z, kind, side_on, number, palette, dress, ridden, mirror."""
    shelf, width, train_id = (
        (atlas.bicycles, 1.9, BICYCLE) if c["kind"] == "bicycle" else (atlas.motorcycles, 2.2, MOTORCYCLE)
    )
    machine, rider = shelf[c["side_on"]][c["number"]]
    foot = (c["x"], 0.0, c["z"])
    painter.sprite(machine, foot, (width, 1.9), c["palette"], train_id, light.shade[0] * 1.1, c["mirror"])
    if c["ridden"]:
        painter.sprite(rider, foot, (width, 1.9), c["dress"], RIDER, light.shade[0] * 1.1, c["mirror"])


def vehicle(painter, atlas, light, v):
    """v: x, z (of its nearer end), kind, shape, variant, heading, paint, second."""
    (solid, length), train_id = _solid(v)
    z, heading = v["z"], v["heading"]
    towards = math.cos(heading) < 0
    vertices = place_solid(solid, v["x"], z + (length if towards else 0.0), heading)
    if float(vertices[:, 2].max()) < NEAR + 0.3:
        return
    colours = _colours(light, v, left=v["x"] < painter.camera.lateral)
    pixels = painter.camera.focal / max(z, 1.0)  # per metre
    faces, corners = solid.details[0 if pixels > 9 else 1 if pixels > 4.5 else 2]
    painter.mesh(vertices, corners, faces, colours, train_id)


def _solid(v):
    """((solid, length), class) of a vehicle."""
    kind = v["kind"]
    if kind == "car":
        return car(v["shape"], v["variant"]), CAR
    if kind == "truck":
        return truck(v["variant"]), TRUCK
    return coach(kind, v["variant"]), BUS if kind == "bus" else TRAIN


def _colours(light, v, left):
    """Part of a vehicle -> its colour; `left`: it shows the camera its right flank."""
    flank, end, dusk = light.shade[1 if left else -1], light.shade[0], light.dusk
    paint, second = v["paint"], v["second"]

    def times(colour, factor):
        return tuple(c * factor for c in colour)

    return {
        "body": times(paint, flank),
        "tail": times(paint, end * 0.92),
        "nose": times(paint, end * 0.92),
        "upper": times(paint, 1.08),
        "glass": v["glass"],
        "tyre": (20, 20, 22),
        "hub": (120, 120, 124),
        "trim": times(second, 0.6) if v["kind"] != "car" else (40, 40, 44),
        "plate": (230, 215, 120) if v["variant"] % 2 else (220, 220, 220),
        "tail_light": (430, 60, 40) if dusk or v["braking"] else (150, 24, 24),
        "head_light": (700, 680, 560) if dusk else (215, 220, 225),
        "cargo": times(second, flank),
        "cargo_tail": times(second, end * 0.9),
        "stripe": times(second, flank),
    }
