"""What stands beside the road: houses, greenery, walls, fences.

Each function draws its chances from `draw` and adds things to `scene`; places are metres, `side` is -1 (left) or +1.
"""

import math
import random

from keras_uda.world import fronts
from keras_uda.world import furniture
from keras_uda.world import junctions
from keras_uda.world import objects
from keras_uda.world import sites
from keras_uda.world import structures
from keras_uda.world import traffic
from keras_uda.world.greenery import green
from keras_uda.world.greenery import tree
from keras_uda.world.houses import add_house
from keras_uda.world.houses import far_houses
from keras_uda.world.houses import some_roof
from keras_uda.world.layout import vary
from keras_uda.world.markings import CHUNK


def one_side(scene, draw, side, base, junction):
    """Everything on one side of a piece of street that starts `base` metres ahead."""
    zones = scene.look.zones
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
    traffic.park_vehicles(scene, draw, side, start, end)


def side_road(scene, draw, side, z0, z1):
    """A side road of the carriageway between z0 and z1, with its houses and perhaps a vehicle that waits or turns."""
    junctions.ground(scene, draw, side, z0, z1)
    junctions.houses_along(scene, draw, side, z1 + 3.0)
    if draw.random() < 0.4 * (scene.look.traffic > 0):
        x = side * (scene.layout.edge[side] + draw.uniform(-2, 14))
        heading = draw.choice((1, -1)) * side * math.pi / 2 + draw.choice((0.0, 0.0, 0.5, -0.5))
        traffic.vehicle(scene, draw, x, (z0 + z1) / 2, heading, "car")


def houses(scene, draw, side, start, end, after_gap):
    """A terrace of one height and roof, or houses of their own."""
    look, z = scene.look, start
    terrace = draw.random() < 0.6
    fronts.before(scene, draw, side, start, end)
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


def open_ground(scene, draw, side, start, end, zone):
    """A park, lawn, field, hedge, wall, fence, car park or building site instead of houses."""
    layout = scene.layout
    if zone in ("park", "lawn", "hedge", "field"):
        outer = side * (layout.edge[side] + layout.pavement[side])
        points = [(outer, start), (side * 50, start), (side * 50, end), (outer, end)]
        scene.paint.append((points, vary(draw, layout.grass, 0.08), 9))
    if zone == "car_park":
        return sites.car_park(scene, draw, side, start, end)
    if zone == "works":
        return sites.building_site(scene, draw, side, start, end)
    if zone == "hedge":
        green(scene, draw, side, start, end, draw.uniform(0.9, 2.4), 0.1)
    elif zone == "wall":
        fronts.wall(scene, draw, side, start, end, draw.uniform(0.9, 3.2))
    elif zone == "fence":
        fronts.railing(scene, draw, side, start, end, draw.uniform(0.9, 2.0))
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
            wall = dict(height=0.85, train_id=3, palette=(concrete, concrete, concrete))
            scene.add(base + CHUNK, objects.screen, thing | wall)
        else:
            scene.add(base + CHUNK, structures.rail, thing)
