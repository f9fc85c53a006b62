"""What stands on the pavement: trees, lamps, signs, lights, people who wait, parked cycles, railings, road works."""

from keras_uda.world import clutter
from keras_uda.world import objects
from keras_uda.world import signage
from keras_uda.world import traffic
from keras_uda.world.greenery import tree
from keras_uda.world.layout import count
from keras_uda.world.layout import vary
from keras_uda.world.signage import METALS


def along_kerb(scene, draw, side, start, end, junction):
    """What stands on one side between `start` and `end`."""
    look, layout = scene.look, scene.layout
    edge, pavement = layout.edge[side], layout.pavement[side]

    def place():
        return draw.uniform(start, end)

    if pavement > 1.2 and draw.random() < look.trees:
        for _ in range(draw.randint(1, 3)):
            tree(scene, draw, side, edge + draw.uniform(0.5, 1.2), place(), (4, 10))
    for _ in range(count(draw, look.lamps * 1.6)):
        lamp(scene, draw, side, place())
    for _ in range(count(draw, look.signs * 1.6)):
        signage.sign(scene, draw, side, place())
    for _ in range(count(draw, look.people * 0.6)):
        traffic.group(scene, draw, side * (edge + draw.uniform(0.3, max(pavement - 0.2, 0.8))), place())
    if draw.random() < look.cyclists * 1.5:
        parked_cycles(scene, draw, side, place())
    if not junction and draw.random() < 0.12 * (pavement > 0):
        railing(scene, draw, side, place())
    clutter.along_pavement(scene, draw, side, start, end)
    if draw.random() < look.works * 0.5:
        road_works(scene, draw, side, place())


def lamp(scene, draw, side, z):
    """A lamp with one of several arms, or a bollard; sometimes far from the kerb."""
    kind, layout = draw.random(), scene.layout
    at_the_kerb = draw.random() < 0.75
    away = draw.uniform(0.3, 0.9) if at_the_kerb else draw.uniform(0.9, max(layout.pavement[side], 1.0))
    post = dict(x=side * (layout.edge[side] + away), z=z, side=side, radius=draw.uniform(0.05, 0.16))
    post |= dict(
        height=draw.uniform(3.5, 10) if kind < 0.7 else 0.95, arm=draw.uniform(0.6, 2.6) if kind < 0.6 else 0.0
    )
    scene.add(z, objects.lamp, post | dict(colour=vary(draw, draw.choice(METALS), 0.15)))


def parked_cycles(scene, draw, side, z):
    """Bicycles or motorcycles at the kerb, leaning against the houses, or in a stand that crosses the pavement."""
    layout = scene.layout
    edge, wall = layout.edge[side], layout.property[side]
    x, step_x, step_z = draw.choice(((edge + 0.4, 0.0, 0.7), (wall - 0.4, 0.0, 1.1), (edge + 0.5, 0.55, 0.1)))
    kind = "bicycle" if draw.random() < 0.75 else "motorcycle"
    for number in range(draw.randint(1, 5)):
        at = side * (x + step_x * number)
        traffic.cycle(scene, draw, at, z + step_z * number, ridden=False, kind=kind)


def railing(scene, draw, side, z):
    """A railing between pavement and road."""
    layout = scene.layout
    bars = dict(side=side, x=side * (layout.edge[side] + 0.25), z0=z, z1=z + draw.uniform(4, 12), height=1.05, step=0.5)
    bars |= dict(colour=vary(draw, draw.choice(METALS), 0.25), infill=vary(draw, layout.paving, 0.1), bar=0.05)
    scene.add(bars["z1"], objects.fence, bars)


def road_works(scene, draw, side, z):
    """A part of the road or pavement closed off by cones or barriers, with a heap of sacks or a skip."""
    edge = scene.layout.edge[side]
    inner, outer = edge - draw.uniform(0.3, 2.5), edge + draw.uniform(0.2, 1.5)
    length, boards = draw.uniform(4, 12), draw.random() < 0.5
    for number in range(int(length / 1.5)):
        at, x = z + number * 1.5, side * (inner + 0.15 * number)
        if boards:
            for half, high, colour in ((0.7, 1.0, (225, 222, 216)), (0.4, 0.85, (200, 50, 40))):
                part = dict(x=x, z=at, half=half, height=high, depth=0.1, colour=colour)
                scene.add(at, clutter.box, part)
        else:
            scene.add(at, clutter.cone, dict(x=x, z=at, height=draw.uniform(0.6, 0.9)))
    middle = side * (inner + outer) / 2
    clutter.put(scene, draw, draw.choice(("skip", "sacks", "box", "cabinet")), middle, z + length * 0.6)
    if draw.random() < 0.5 * (scene.look.people > 0):
        traffic.person(scene, draw, middle + draw.uniform(-0.5, 0.5), z + draw.uniform(1, length), 0)
