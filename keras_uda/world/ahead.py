"""What closes the view: houses across a T-junction, trees, a bridge or a canopy of leaves above the road."""

import math
import random

from keras_uda.world import structures
from keras_uda.world import traffic
from keras_uda.world.greenery import leaf_palette
from keras_uda.world.greenery import tree
from keras_uda.world.houses import wall_palette
from keras_uda.world.layout import vary

ACROSS = 110.0  # metres to each side: wider than any camera sees at these distances
TALL = 200.0  # metres: higher than any camera sees
CLEAR = 4.7  # metres of height under a bridge


def close_view(scene):
    """Draws where and how the street ends; nothing stands or drives behind `scene.end`. Call it first."""
    draw = random.Random(f"{scene.seed} ahead")
    for kinds, build in ((scene.look.ahead, ENDS), (scene.look.overhead, OVERHEAD)):
        if kinds:
            build[draw.choices(list(kinds), list(kinds.values()))[0]](scene, draw)


def open_view(scene, draw):
    """Nothing."""


def houses_across(scene, draw):
    """A crossing street and the houses on its other side."""
    z, layout = draw.uniform(22, 60), scene.layout
    width, pavement = draw.uniform(6, 10), draw.uniform(1.5, 4)
    near = z - pavement - width
    scene.paint.append((_across(near, z), layout.paving, 1))
    scene.paint.append((_across(near, near + width), layout.road, 0))
    _houses(scene, draw, z)
    for _ in range(draw.choice((0, 0, 1, 2)) if scene.look.traffic else 0):
        at, heading = draw.uniform(-14, 14), draw.choice((-1, 1)) * math.pi / 2
        traffic.vehicle(scene, draw, at, near + draw.uniform(1.5, width - 1.5), heading, "car")
    for _ in range(draw.choice((0, 1, 3)) if scene.look.people else 0):
        traffic.person(scene, draw, draw.uniform(-14, 14), z - draw.uniform(0.4, pavement), draw.choice((0, 1, 3)))
    scene.end = z


def _houses(scene, draw, z):
    x = -ACROSS
    while x < ACROSS:
        length = draw.uniform(8, 16)
        house = dict(x0=x, x1=x + length, z=z, height=TALL, texture=draw.randrange(len(scene.atlas.facades)))
        scene.things.append((z, structures.front, house | dict(palette=wall_palette(scene, draw))))
        x += length


def _across(near, far):
    return [(-ACROSS, near), (ACROSS, near), (ACROSS, far), (-ACROSS, far)]


def trees_across(scene, draw):
    """A wall of leaves where the road turns away, with crowns before it."""
    z = draw.uniform(26, 70)
    _leaves(scene, draw, z)
    for _ in range(14):
        tree(scene, draw, draw.choice((-1, 1)), draw.uniform(1, 26), z - draw.uniform(0.5, 6), (8, 20))
    scene.end = z


def _leaves(scene, draw, z):
    wall = dict(x0=-ACROSS, x1=ACROSS, z=z, height=TALL, texture=draw.randrange(len(scene.atlas.leaf_walls)))
    wall |= dict(palette=leaf_palette(scene, draw, 0.15), scale=draw.uniform(0.5, 1.0))
    scene.things.append((z, structures.leaf_front, wall))


def tunnel(scene, draw):
    """The mouth of a tunnel, under trees, houses or the open sky."""
    layout, z = scene.layout, draw.uniform(16, 55)
    stone = vary(draw, draw.choice((*scene.look.walls, (140, 140, 136), (110, 108, 104))), 0.12)
    above = draw.choice((_leaves, _houses, None))
    if above:
        above(scene, draw, z + draw.uniform(2, 12))
    mouth = dict(x0=-ACROSS, x1=ACROSS, z=z, height=draw.uniform(6.5, 10), top=draw.uniform(3.6, 4.6), colour=stone)
    mouth |= dict(left=-layout.edge[-1] - 0.6, right=layout.edge[1] + 0.6, arch=draw.choice((0.0, 0.8, 1.6)))
    scene.things.append((z, structures.tunnel, mouth))
    scene.end = z


def bridge(scene, draw):
    """A deck across the street on two abutments; as in Cityscapes a bridge belongs to no class."""
    z = draw.uniform(6, 40)
    concrete = vary(draw, draw.choice(((150, 148, 142), (110, 108, 104), (130, 96, 80))), 0.12)
    deck = dict(z0=z, z1=z + draw.uniform(5, 22), low=CLEAR + draw.uniform(0, 1.5), depth=draw.uniform(0.8, 2.0))
    deck |= dict(x0=-ACROSS, x1=ACROSS, colour=concrete, edges=[side * scene.layout.property[side] for side in (-1, 1)])
    scene.add(deck["z0"], structures.bridge, deck)


def canopy(scene, draw):
    """Crowns that meet above the road."""
    z = draw.uniform(5, 9)
    while z < 60:
        for side in (-1, 1):
            crown = dict(x=side * draw.uniform(0.5, 9), z=z + draw.uniform(0, 3), y=draw.uniform(4.0, 6.5))
            crown |= dict(size=(draw.uniform(8, 13), draw.uniform(6, 11)), mirror=draw.random() < 0.5)
            crown |= dict(palette=leaf_palette(scene, draw))
            scene.add(crown["z"], structures.crown, crown | dict(number=draw.randrange(len(scene.atlas.crowns))))
        z += draw.uniform(3, 6)


ENDS = {"open": open_view, "houses": houses_across, "trees": trees_across, "tunnel": tunnel}
OVERHEAD = {"none": open_view, "bridge": bridge, "canopy": canopy}
