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
            cyclists(scene, draw, x, z, towards=not own)
            continue
        kind = draw.choices(list(scene.look.fleet), list(scene.look.fleet.values()))[0]
        if scene.layout.tram and draw.random() < 0.3:
            kind = "train"
        heading = draw.gauss(0, 0.02) + (0 if own else math.pi)
        if kind == "car" and draw.random() < 0.06:  # leaves the lane, or turns
            heading += draw.uniform(-0.7, 0.7)
        vehicle(scene, draw, x + draw.uniform(-0.25, 0.25), z, heading, kind)


def cyclists(scene, draw, x, z, towards):
    """One rider near the kerb of a lane, or two or three who ride together."""
    kind = "bicycle" if draw.random() < 0.65 else "motorcycle"
    kerb = math.copysign(scene.layout.lane * draw.uniform(0.1, 0.4), x)
    for number in range(draw.choice((1, 1, 1, 2, 3))):
        at = x + kerb - math.copysign(0.9, x) * (number % 2)
        cycle(scene, draw, at, z + 1.3 * number, ridden=True, kind=kind, towards=towards)


def vehicle(scene, draw, x, z, heading, kind):
    """One vehicle with its tail or nose at z, and the shadow under it."""
    if z + (2.5 if abs(math.cos(heading)) < 0.3 else 13) > scene.end:
        return
    look = scene.look
    second = (225, 225, 222) if draw.random() < 0.5 else vary(draw, draw.choice(look.paints), 0.1)
    shape = draw.choice(("hatch", "hatch", "hatch", "sedan", "sedan", "estate", "van", "van", "suv"))
    thing = dict(x=x, z=z, heading=heading, kind=kind, variant=draw.choice(look.variants), shape=shape, second=second)
    thing |= dict(paint=paint(draw, look), braking=draw.random() < 0.25)
    thing["glass"] = vary(draw, draw.choice(((22, 26, 32), (44, 50, 58), (86, 96, 106))), 0.2)
    scene.add(z + 0.3, objects.vehicle, thing)
    half, length = (0.95, 4.4) if kind == "car" else (1.35, 9.0)
    if abs(math.cos(heading)) < 0.5:
        half, length = length / 2, 2 * half
    corners = [(x - half - 0.1, z - 0.25), (x + half + 0.1, z - 0.25), (x + half + 0.1, z + length)]
    scene.shadows.append([*corners, (x - half - 0.1, z + length)])


def paint(draw, look):
    """The paint of a vehicle: mostly of the look, often nearly black, grey or nearly white."""
    plain = draw.random()
    if plain < 0.2:
        return vary(draw, draw.choice(((16, 17, 19), (30, 32, 36), (24, 28, 40))), 0.2)
    if plain < 0.45:
        grey = draw.uniform(60, 240)
        return vary(draw, (grey, grey, grey * 1.02), 0.03)
    return vary(draw, draw.choice(look.paints), 0.12)


def park_vehicles(scene, draw, side, start, end):
    """Vehicles that stand at the kerb: along it, half on the pavement, or at an angle, one way in each street."""
    layout, plan = scene.layout, random.Random(f"{scene.seed} parking {side}")
    angle = plan.choice((0.9, math.pi / 2)) if plan.random() < scene.look.angled else 0.0
    on_pavement = plan.random() < scene.look.on_pavement and layout.pavement[side] > 1.0
    if not (layout.parking[side] or on_pavement):
        return
    density = scene.look.parked * draw.random() * 1.3
    kerb = layout.edge[side] + (plan.uniform(0.3, 1.0) if on_pavement else 0.0)
    z = start + draw.uniform(0, 3)
    while z < end - 4:
        if draw.random() < density:
            kind = "car" if draw.random() < 0.94 else draw.choice(("truck", "truck", "bus"))
            away = (side == layout.keep) == (draw.random() < 0.85)
            if angle:
                x, heading = side * (kerb - 2.2 if away else kerb + 2.2), side * (angle if away else angle - math.pi)
                vehicle(scene, draw, x, z, heading + draw.gauss(0, 0.05), "car")
            else:
                x = side * (kerb - 1.1 + draw.uniform(-0.1, 0.15))
                vehicle(scene, draw, x, z, draw.gauss(0, 0.03) + (0.0 if away else math.pi), kind)
        z += draw.uniform(2.6, 3.4) if angle else draw.uniform(5.2, 7.0)


def walkers(scene, side):
    """People who walk along one side, both ways."""
    layout = scene.layout
    for way in (1, -1):
        speed = 1.3 * way
        for draw, z in row(scene, f"walk {side} {way}", 12.0, speed, 0.0):
            if draw.random() < scene.look.people * 0.3 and z > 1.5:
                x = side * (layout.edge[side] + draw.uniform(0.5, max(layout.pavement[side] - 0.3, 0.8)))
                phase = int(scene.time * 4 + draw.random() * 4) % 4
                person(scene, draw, x, z, phase)
                if draw.random() < 0.4:
                    person(scene, draw, x + 0.5, z + 0.2, (phase + 1) % 4)


def group(scene, draw, x, z):
    """Some people who stand or walk close together."""
    for number in range(draw.choice((1, 1, 1, 2, 2, 3, 5))):
        aside, along = draw.gauss(0, 0.25 + 0.15 * number), draw.gauss(0, 0.3 + 0.2 * number)
        at = x + aside if abs(x + aside) > scene.layout.edge[1 if x > 0 else -1] else x
        person(scene, draw, at, z + along, draw.choice((0, 0, 1, 2, 3)))


def crossing_people(scene, draw, z0, z1, most):
    """People on the road between z0 and z1: alone or in a row from kerb to kerb, now and then somebody with a cycle."""
    layout = scene.layout
    for _ in range(draw.randint(1, most)):
        x, z = draw.uniform(-layout.edge[-1], layout.edge[1]), draw.uniform(z0, z1)
        if z < 2.2:
            continue
        if draw.random() < 0.12 * (scene.look.cyclists > 0):
            cycle(scene, draw, x, z, ridden=True, kind="bicycle", sideways=True)
            continue
        for number in range(draw.choice((1, 1, 2, 3))):
            person(scene, draw, x + 0.6 * number, z + draw.uniform(-0.2, 0.4), draw.choice((0, 1, 2, 3)))


def person(scene, draw, x, z, phase):
    """One person; `phase` counts quarters of a double step, 0 stands, None sits."""
    coats = scene.look.coats
    skin = vary(draw, draw.choice(((224, 180, 150), (200, 150, 118), (140, 98, 72), (92, 64, 48))), 0.08)
    trousers = vary(draw, draw.choice(((40, 46, 66), (30, 30, 34), (90, 84, 74), (66, 72, 92), (24, 24, 28))), 0.2)
    coat = (24, 25, 28) if draw.random() < 0.25 else draw.choice(coats)
    scene.add(
        z,
        objects.person,
        dict(
            x=x,
            z=z,
            number=draw.randrange(len(scene.atlas.walkers)),
            phase=phase,
            mirror=draw.random() < 0.5,
            palette=(vary(draw, coat, 0.2), trousers, skin),
            height=draw.uniform(0.9, 1.08),
        ),
    )


def cycle(scene, draw, x, z, ridden, kind, towards=False, sideways=False):
    """A bicycle or motorcycle, ridden or not; one that is ridden along the road is seen from its narrow side."""
    skin = vary(draw, (210, 164, 134), 0.12)
    dress = (vary(draw, draw.choice((*scene.look.coats, (210, 220, 50))), 0.2), (46, 48, 60), skin)
    side_on = (not ridden if draw.random() < 0.75 else ridden) or sideways
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
