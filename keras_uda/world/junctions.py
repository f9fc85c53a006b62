"""Side roads, and the junction the camera stands in: their ground, corners, houses along them, and who crosses."""

import math
import random

from keras_uda.world import signage
from keras_uda.world import structures
from keras_uda.world import traffic
from keras_uda.world.houses import wall_palette

REACH = 60.0  # metres to each side


def inside(scene):
    """Opens one or two wide side roads about the camera in some streets. Call it before anything else is added."""
    draw = random.Random(f"{scene.seed} inside")
    if draw.random() >= scene.look.inside:
        return
    z0 = draw.uniform(0.5, 16.0)
    z1 = z0 + draw.uniform(6.5, 15.0)
    sides = draw.choice(((-1, 1), (-1, 1), (-1,), (1,)))
    for side in sides:
        scene.gaps.append((side, z0 - 2.0, z1 + 2.0))
        ground(scene, draw, side, z0, z1)
        houses_along(scene, draw, side, z1 + 2.0)
    if draw.random() < 0.5:
        _stripes(scene, z0, z1)
    signage.signals(scene, draw, z0 - 1.2)
    _who_crosses(scene, draw, sides, z0, z1)


def ground(scene, draw, side, z0, z1):
    """The carriageway of a side road between z0 and z1, with its pavements and its stop line."""
    layout = scene.layout
    near, far = side * (layout.edge[side] - 0.1), side * REACH
    pavement = side * (layout.edge[side] + layout.pavement[side])
    for a, b in ((z0 - 2.0, z0), (z1, z1 + 2.0)):
        scene.paint.append(([(pavement, a), (far, a), (far, b), (pavement, b)], layout.paving, 1))
    scene.paint.append(([(near, z0), (far, z0), (far, z1), (near, z1)], layout.road, 0))
    line = side * (layout.edge[side] + 0.3)
    scene.paint.append(([(line, z0), (line + side * 0.3, z0), (line + side * 0.3, z1), (line, z1)], layout.marking, 0))


def houses_along(scene, draw, side, z):
    """The row of houses on the far side of a side road, which faces the camera."""
    if "houses" not in scene.look.zones:
        return
    at, step = scene.layout.property[side] + 9.0, 0.0
    height = 3.2 * draw.randint(*scene.look.floors)
    while at < REACH:
        step = draw.uniform(6, 15)
        x0, x1 = sorted((side * at, side * (at + step)))
        house = dict(x0=x0, x1=x1, z=z, height=height * draw.uniform(0.9, 1.2), palette=wall_palette(scene, draw))
        scene.add(z, structures.front, house | dict(texture=draw.randrange(len(scene.atlas.facades))))
        at += step


def _stripes(scene, z0, z1):
    """A crossing before and behind the junction."""
    layout = scene.layout
    for z in (z0 - 3.5, z1 + 0.5):
        x = 0.4 - layout.edge[-1]
        while x < layout.edge[1] - 0.4:
            if z > 0.6:
                scene.paint.append(([(x, z), (x + 0.5, z), (x + 0.5, z + 3), (x, z + 3)], layout.marking, 0))
            x += 1.0


def _who_crosses(scene, draw, sides, z0, z1):
    """Vehicles that wait in the side roads, cross or turn; people on the crossings."""
    look, layout = scene.look, scene.layout
    for _ in range(draw.choice((0, 1, 1, 2, 3)) if look.traffic else 0):
        side, z = draw.choice(sides), draw.uniform(max(z0 + 1.0, 4.5), max(z1 - 1.0, 5.5))
        x = side * draw.uniform(-0.5, 1.6) * layout.edge[side]
        inwards = draw.random() < 0.5
        heading = draw.choice((0.0, 0.0, 0.6, -0.6, 1.2, -1.2)) - (1 if inwards else -1) * side * math.pi / 2
        kind = draw.choices(list(look.fleet), list(look.fleet.values()))[0]
        traffic.vehicle(scene, draw, x, z, heading, "car" if kind == "train" else kind)
    if draw.random() < 0.6 and look.people:
        traffic.crossing_people(scene, draw, z0 - 3.5, z0 - 0.5, 3)
        traffic.crossing_people(scene, draw, z1 + 0.5, z1 + 3.5, 3)


def pieces(gaps, side, z0, z1):
    """The parts of z0..z1 that lie outside the gaps (side, from, to) of one side."""
    parts = [(z0, z1)]
    for gap_side, start, end in gaps:
        if gap_side == side:
            cut = [part for a, b in parts for part in ((a, min(b, start)), (max(a, end), b))]
            parts = [(a, b) for a, b in cut if b - a > 0.3]
    return parts
