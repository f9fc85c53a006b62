"""What moves or could: vehicles, people, cycles."""

import math
import random

from keras_uda.world import objects
from keras_uda.world.layout import vary

AHEAD = 75.0  # metres of road with traffic


def row(scene, name, spacing, speed, behind):
    """Endless row of places: (random source of the place, distance ahead of the camera)."""
    moved = speed * scene.time - scene.travelled
    first = math.floor((-behind - moved) / spacing)
    for number in range(first, math.floor((AHEAD - moved) / spacing) + 1):
        draw = random.Random(f"{scene.seed} {name} {number}")
        yield draw, number * spacing + moved + draw.uniform(0, spacing * 0.4)


def traffic(scene, lane, x, direction):
    """The vehicles and cyclists of one lane."""
    own = direction == 1
    speed = 8.0 if own else -7.0
    for draw, z in row(scene, f"lane {lane}", 13.0, speed, 6.0):
        if draw.random() > scene.look.traffic * (0.9 if own else 0.8):
            continue
        if own and z < 4.5 + draw.uniform(0, 6):
            continue
        if draw.random() < scene.look.cyclists:
            kerb = math.copysign(scene.layout.lane * 0.3, x)
            cycle(
                scene,
                draw,
                x + kerb,
                z,
                ridden=True,
                kind="bicycle" if draw.random() < 0.6 else "motorcycle",
                towards=not own,
            )
            continue
        kind = draw.choices(list(scene.look.fleet), list(scene.look.fleet.values()))[0]
        if scene.layout.tram and draw.random() < 0.3:
            kind = "train"
        vehicle(scene, draw, x + draw.uniform(-0.25, 0.25), z, draw.gauss(0, 0.02) + (0 if own else math.pi), kind)


def vehicle(scene, draw, x, z, heading, kind):
    """One vehicle with its tail or nose at z, and the shadow under it."""
    if z + 13 > scene.end:
        return
    paints = scene.look.paints
    second = (225, 225, 222) if draw.random() < 0.5 else vary(draw, draw.choice(paints), 0.1)
    scene.add(
        z + 0.3,
        objects.vehicle,
        dict(
            x=x,
            z=z,
            heading=heading,
            kind=kind,
            variant=draw.choice(scene.look.variants),
            shape=draw.choice(("hatch", "hatch", "hatch", "sedan", "sedan", "estate", "van", "suv")),
            paint=vary(draw, draw.choice(paints), 0.12),
            second=second,
            glass=vary(draw, draw.choice(((22, 26, 32), (44, 50, 58), (86, 96, 106))), 0.2),
            braking=draw.random() < 0.25,
        ),
    )
    if abs(math.cos(heading)) > 0.5:
        half, length = (0.95, 4.4) if kind == "car" else (1.35, 9.0)
        scene.shadows.append(
            [
                (x - half - 0.1, z - 0.25),
                (x + half + 0.1, z - 0.25),
                (x + half + 0.1, z + length),
                (x - half - 0.1, z + length),
            ]
        )


def park_vehicles(scene, draw, side, start, end):
    """Vehicles in the parking lane."""
    layout = scene.layout
    density = scene.look.parked * draw.random() * 1.3
    z = start + draw.uniform(0, 3)
    while z < end - 4:
        if draw.random() < density:
            x = side * (layout.edge[side] - 1.1 + draw.uniform(-0.1, 0.15))
            kind = "car" if draw.random() < 0.95 else draw.choice(("truck", "bus"))
            away = (side == layout.keep) == (draw.random() < 0.85)
            vehicle(scene, draw, x, z, 0.0 if away else math.pi, kind)
        z += draw.uniform(5.2, 7.0)


def walkers(scene, side):
    """People who walk along one side, both ways."""
    layout = scene.layout
    for way in (1, -1):
        speed = 1.3 * way
        for draw, z in row(scene, f"walk {side} {way}", 12.0, speed, 0.0):
            if draw.random() < scene.look.people * 0.35 and z > 1.5:
                x = side * (layout.edge[side] + draw.uniform(0.5, max(layout.pavement[side] - 0.3, 0.8)))
                phase = int(scene.time * 4 + draw.random() * 4) % 4
                person(scene, draw, x, z, phase)
                if draw.random() < 0.4:
                    person(scene, draw, x + 0.5, z + 0.2, (phase + 1) % 4)


def person(scene, draw, x, z, phase):
    """One person; `phase` counts quarters of a double step, 0 stands."""
    coats = scene.look.coats
    skin = vary(draw, draw.choice(((224, 180, 150), (200, 150, 118), (140, 98, 72), (92, 64, 48))), 0.08)
    trousers = vary(draw, draw.choice(((40, 46, 66), (30, 30, 34), (90, 84, 74), (66, 72, 92))), 0.2)
    scene.add(
        z,
        objects.person,
        dict(
            x=x,
            z=z,
            number=draw.randrange(len(scene.atlas.walkers)),
            phase=phase,
            mirror=draw.random() < 0.5,
            palette=(vary(draw, draw.choice(coats), 0.2), trousers, skin),
            height=draw.uniform(0.9, 1.08),
        ),
    )


def cycle(scene, draw, x, z, ridden, kind, towards=False):
    """A bicycle or motorcycle, ridden or not."""
    skin = vary(draw, (210, 164, 134), 0.12)
    dress = (vary(draw, draw.choice((*scene.look.coats, (210, 220, 50))), 0.2), (46, 48, 60), skin)
    side_on = not ridden if draw.random() < 0.75 else ridden
    scene.add(
        z,
        objects.cycle,
        dict(
            x=x,
            z=z,
            kind=kind,
            side_on=side_on,
            number=draw.randrange(4),
            ridden=ridden,
            mirror=draw.random() < 0.5,
            palette=(
                vary(draw, draw.choice(scene.look.paints), 0.15),
                (60, 60, 64),
                (230, 220, 190) if towards else (170, 30, 30),
            ),
            dress=dress,
        ),
    )
