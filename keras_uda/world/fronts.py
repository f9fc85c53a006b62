"""What bounds a property towards the pavement: low walls, railings, hedges."""

import random

from keras_uda.world import objects
from keras_uda.world.greenery import green
from keras_uda.world.layout import vary

METALS = ((40, 42, 44), (110, 112, 112), (150, 120, 84), (220, 220, 216), (60, 84, 64))
GARDEN = 0.9  # metres between pavement and house that make a garden


def before(scene, draw, side, start, end):
    """One kind of boundary before the houses of a piece of street, with gates, where there are gardens."""
    layout, kinds = scene.layout, scene.look.fronts
    outer = layout.edge[side] + layout.pavement[side]
    if not kinds or layout.property[side] - outer < GARDEN:
        return
    plan = random.Random(f"{scene.seed} front {side}")
    kind = plan.choices(list(kinds), list(kinds.values()))[0]
    height, offset, z = plan.uniform(0.5, 1.3), outer + 0.1 - layout.property[side], start
    while z < end - 1.5 and kind != "none":
        stop = min(z + draw.uniform(4, 9), end)
        if kind == "hedge":
            green(scene, draw, side, z, stop, height + 0.3, offset)
        elif kind == "low_wall":
            wall(scene, draw, side, z, stop, height, offset)
        else:
            railing(scene, draw, side, z, stop, height + 0.2, offset)
        z = stop + draw.uniform(0.9, 2.5)


def wall(scene, draw, side, start, end, height, offset=0.0):
    """A wall `offset` metres behind the line of the houses."""
    stone = vary(draw, draw.choice(scene.look.walls), 0.12)
    part = dict(side=side, x=side * (scene.layout.property[side] + offset), z0=start, z1=end, height=height, train_id=3)
    scene.add(end, objects.screen, part | dict(palette=(stone, stone, tuple(c * 1.12 for c in stone))))


def railing(scene, draw, side, start, end, height, offset=0.0):
    """Bars or boards `offset` metres behind the line of the houses."""
    metal = vary(draw, draw.choice(METALS), 0.15)
    behind = vary(draw, draw.choice((scene.layout.grass, (96, 96, 92), metal)), 0.1)
    part = dict(side=side, x=side * (scene.layout.property[side] + offset), z0=start, z1=end, height=height)
    part |= dict(colour=metal, infill=behind, step=draw.uniform(0.25, 0.9), bar=draw.uniform(0.04, 0.12))
    scene.add(end, objects.fence, part)
