"""What stands beside the road: houses, greenery, walls, fences.

Each function draws its chances from `draw` and adds things to `scene`; places are metres, `side` is -1 (left) or +1.
"""

import math
import random

from keras_uda.world import furniture
from keras_uda.world import objects
from keras_uda.world import structures
from keras_uda.world import traffic
from keras_uda.world.greenery import climbing
from keras_uda.world.greenery import green
from keras_uda.world.greenery import tree
from keras_uda.world.layout import vary
from keras_uda.world.markings import CHUNK

ROOFS = ((110, 64, 52), (70, 70, 76), (92, 80, 74))


def one_side(scene, draw, side, base, junction):
    """Everything on one side of a piece of street that starts `base` metres ahead."""
    layout, look = scene.layout, scene.look
    zones = look.zones
    corner = junction and "houses" in zones
    zone = "houses" if corner else draw.choices(list(zones), list(zones.values()))[0]
    start, end = base, base + CHUNK
    if junction:
        width = draw.uniform(6, 10)
        side_road(scene, draw, side, start, start + width)
        start += width + draw.uniform(1.5, 3.0)
    if zone == "houses":
        houses(scene, draw, side, start, end, after_gap=junction)
    else:
        open_ground(scene, draw, side, start, end, zone)
    furniture.along_kerb(scene, draw, side, base, end, junction)
    if layout.parking[side]:
        traffic.park_vehicles(scene, draw, side, start, end)


def side_road(scene, draw, side, z0, z1):
    """A side road of the carriageway between z0 and z1, with its pavements."""
    layout = scene.layout
    near, far = side * (layout.edge[side] - 0.1), side * 50.0
    pavement = side * (layout.edge[side] + layout.pavement[side])
    for a, b in ((z0 - 2.0, z0), (z1, z1 + 2.0)):
        scene.paint.append(([(pavement, a), (far, a), (far, b), (pavement, b)], layout.paving, 1))
    scene.paint.append(([(near, z0), (far, z0), (far, z1), (near, z1)], layout.road, 0))
    line = side * (layout.edge[side] + 0.3)
    scene.paint.append(([(line, z0), (line + side * 0.3, z0), (line + side * 0.3, z1), (line, z1)], layout.marking, 0))
    if draw.random() < 0.3:
        x = side * (layout.edge[side] + draw.uniform(3, 14))
        traffic.vehicle(scene, draw, x, (z0 + z1) / 2, side * math.pi / 2, "car")


def wall_palette(scene, draw):
    """(wall, glass, trim) colours of one house."""
    wall = vary(draw, draw.choice(scene.look.walls), 0.13)
    glass = vary(draw, draw.choice(scene.look.glass), 0.2)
    if scene.light.dusk and draw.random() < 0.5:
        glass = (330, 260, 150)
    trim = vary(draw, (225, 220, 210), 0.1) if draw.random() < 0.6 else vary(draw, draw.choice(scene.look.paints), 0.1)
    return wall, glass, trim


def houses(scene, draw, side, start, end, after_gap):
    """A terrace of one height and roof, or houses of their own."""
    look, z = scene.look, start
    terrace = draw.random() < 0.6
    floors, roof = draw.randint(*look.floors), some_roof(scene, draw)
    setback = 0.0
    while z < end - 1.0:
        length = min(draw.uniform(5, 16), end - z)
        if end - z - length < 4:
            length = end - z
        before, setback = setback, draw.uniform(0, 2.5) if draw.random() < 0.3 else 0.0
        if not terrace:
            floors, roof = draw.randint(*look.floors), some_roof(scene, draw)
        free = after_gap or setback < before or not terrace or z == start
        gable = "none" if not free else "facade" if after_gap and draw.random() < 0.7 else "plain"
        add_house(scene, draw, side, z, length, setback, floors, roof, gable)
        z += length
        after_gap = not terrace and draw.random() < 0.35 and z < end - 4
        if after_gap:
            gap = draw.uniform(1.5, 4)
            green(scene, draw, side, z, z + gap, draw.uniform(2, 6), 2.0)
            z += gap


def some_roof(scene, draw):
    """(rise, colour) of a pitched or flat roof."""
    if draw.random() < 0.45:
        return 0.0, None
    return draw.uniform(2.0, 4.5), vary(draw, draw.choice(ROOFS), 0.12)


def add_house(scene, draw, side, z, length, setback, floors, roof, gable):
    """One house with its shadow; `gable` is "none", "plain" or "facade"."""
    number = draw.randrange(len(scene.atlas.facades))
    texture = scene.atlas.facades[number].extra
    height = min(texture["ground"] + (floors - 1) * texture["storey"] + draw.uniform(0.2, 0.9), 22.0)
    x = side * (scene.layout.property[side] + setback)
    house = dict(side=side, x=x, z0=z, z1=z + length, height=height, depth=10.0, texture=number, roof=roof, gable=gable)
    house |= dict(palette=wall_palette(scene, draw), chimney=draw.random() < 0.5, rows=height)
    house |= dict(start=draw.uniform(0, max(16 - length, 0.0)), stretch=min(1.0, 16 / length))
    scene.add(z + length, objects.building, house)
    if draw.random() < scene.look.climbing:
        climbing(scene, draw, side, x, z, z + length, height)
    sun_x, sun_z = scene.light.sun
    if scene.light.shadow < 1 and side * sun_x > 0:
        reach, lean = x - height * sun_x, height * sun_z
        scene.shadows.append([(x, z), (x, z + length), (reach, z + length + lean), (reach, z + lean)])


def open_ground(scene, draw, side, start, end, zone):
    """A park, lawn, hedge, wall or fence instead of houses."""
    layout = scene.layout
    x = side * layout.property[side]
    if zone in ("park", "lawn", "hedge", "field"):
        outer = side * (layout.edge[side] + layout.pavement[side])
        points = [(outer, start), (side * 50, start), (side * 50, end), (outer, end)]
        scene.paint.append((points, vary(draw, layout.grass, 0.08), 9))
    if zone == "hedge":
        green(scene, draw, side, start, end, draw.uniform(0.9, 2.4), 0.1)
    elif zone == "wall":
        stone = vary(draw, draw.choice(scene.look.walls), 0.12)
        scene.add(
            end,
            objects.screen,
            dict(
                side=side,
                x=x,
                z0=start,
                z1=end,
                height=draw.uniform(0.9, 2.8),
                train_id=3,
                texture=None,
                palette=(stone, stone, tuple(c * 1.12 for c in stone)),
                depth=0.0,
            ),
        )
    elif zone == "fence":
        metal = vary(
            draw, draw.choice(((40, 42, 44), (110, 112, 112), (150, 120, 84), (220, 220, 216), (60, 84, 64))), 0.15
        )
        behind = vary(draw, draw.choice((layout.grass, (96, 96, 92), metal)), 0.1)
        scene.add(
            end,
            objects.fence,
            dict(
                side=side,
                x=x,
                z0=start,
                z1=end,
                height=draw.uniform(0.9, 2.0),
                colour=metal,
                infill=behind,
                step=draw.uniform(0.25, 0.9),
                bar=draw.uniform(0.04, 0.12),
            ),
        )
    for _ in range(draw.randint(2, 5) if zone == "park" else draw.randint(0, 3)):
        tree(scene, draw, side, layout.property[side] + draw.uniform(1.5, 12), draw.uniform(start, end), (5, 14))
    if zone == "lawn":
        far_houses(scene, draw, side, start, end)
    elif zone != "field":
        green(scene, draw, side, start, end, draw.uniform(4, 10), draw.uniform(10, 22))
    elif draw.random() < 0.4:
        green(scene, draw, side, start, end, draw.uniform(3, 9), draw.uniform(28, 45))


def barriers(scene, draw, base):
    """Guard rails or concrete walls beside and between the carriageways, the same along the whole road."""
    layout, kind = scene.layout, random.Random(f"{scene.seed} barriers")
    concrete = vary(kind, (168, 166, 160), 0.1)
    places = {-1: -layout.edge[-1] - 0.5, 1: layout.edge[1] + 0.5}
    places = {side: x for side, x in places.items() if kind.random() < 0.7} | ({0: 0.0} if layout.median else {})
    for place, x in places.items():
        side = place or 1
        thing = dict(side=side, x=x, z0=base, z1=base + CHUNK, colour=vary(kind, (150, 154, 156), 0.1))
        if kind.random() < (0.45 if place == 0 else 0.15):
            wall = dict(height=0.85, train_id=3, texture=None, depth=0.0, palette=(concrete, concrete, concrete))
            scene.add(base + CHUNK, objects.screen, thing | wall)
        else:
            scene.add(base + CHUNK, structures.rail, thing)


def far_houses(scene, draw, side, start, end):
    """A house behind a lawn."""
    number = draw.randrange(len(scene.atlas.facades))
    height = draw.uniform(5, 9)
    scene.add(
        end + 2,
        objects.building,
        dict(
            side=side,
            x=side * (scene.layout.property[side] + draw.uniform(8, 16)),
            z0=start + 2,
            z1=end - 2,
            height=height,
            depth=10.0,
            texture=number,
            palette=wall_palette(scene, draw),
            roof=(2.5, (96, 66, 56)),
            gable="plain",
            chimney=False,
            start=0.0,
            stretch=0.8,
            rows=height,
        ),
    )
