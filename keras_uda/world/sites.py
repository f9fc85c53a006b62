"""Building sites and car parks beside the road."""

import math

from keras_uda.world import clutter
from keras_uda.world import fronts
from keras_uda.world import houses
from keras_uda.world import objects
from keras_uda.world import structures
from keras_uda.world import traffic
from keras_uda.world.greenery import green
from keras_uda.world.layout import vary

IGNORE, TERRAIN = 255, 9  # a car park is no class of Cityscapes' nineteen
HOARDINGS = ((230, 228, 220), (60, 100, 160), (200, 190, 60), (70, 120, 80), (150, 120, 84), (180, 60, 50))


def car_park(scene, draw, side, start, end):
    """Rows of vehicles on paved ground, perhaps behind a low wall, trees or houses at its end."""
    layout = scene.layout
    outer = layout.edge[side] + layout.pavement[side]
    _ground(scene, side, outer, start, end, vary(draw, layout.road, 0.12), IGNORE)
    if draw.random() < 0.4:
        offset = outer + 0.2 - layout.property[side]
        fronts.wall(scene, draw, side, start, end - 4, draw.uniform(0.4, 0.9), offset)
    for row in range(2):
        z = start + draw.uniform(0.5, 2)
        while z < end - 2:
            if draw.random() < 0.75:
                outwards = draw.random() < 0.5
                x = outer + 1.5 + 10.0 * row + (0.0 if outwards else 4.4)
                heading = side * (1 if outwards else -1) * math.pi / 2 + draw.gauss(0, 0.04)
                traffic.vehicle(scene, draw, side * x, z, heading, "car")
            z += draw.uniform(2.5, 2.9)
    if draw.random() < 0.5:
        green(scene, draw, side, start, end, draw.uniform(4, 10), outer + 24 - layout.property[side])
    elif "houses" in scene.look.zones:
        houses.far_houses(scene, draw, side, start, end)


def building_site(scene, draw, side, start, end):
    """Boards or mesh along the pavement; behind them a scaffold before a wall, soil, containers."""
    layout, look = scene.layout, scene.look
    outer = layout.edge[side] + layout.pavement[side]
    _ground(scene, side, outer, start, end, vary(draw, (126, 108, 84), 0.15), TERRAIN)
    offset = outer + draw.uniform(-0.6, 0.2) - layout.property[side]
    if draw.random() < 0.5:
        _boards(scene, draw, side, start, end, offset)
    else:
        fronts.railing(scene, draw, side, start, end, 2.0, offset)
    if draw.random() < 0.7:
        wall = houses.wall_palette(scene, draw)
        x, height = side * (layout.property[side] + draw.uniform(2, 5)), draw.uniform(5, 14)
        house = dict(
            side=side, x=x, z0=start + 1, z1=end - 1, height=height, depth=10.0, roof=(0.0, None), palette=wall
        )
        house |= dict(texture=draw.randrange(len(scene.atlas.facades)), gable="facade", chimney=False, rows=height)
        scene.add(end - 1, objects.building, house | dict(start=0.0, stretch=0.7))
        tubes = dict(side=side, x=x - side * 0.8, z0=start + 1, z1=end - 1, height=height)
        scene.add(end - 1, structures.scaffold, tubes | dict(colour=vary(draw, (150, 152, 150), 0.2)))
    for _ in range(draw.randint(0, 2) if look.works > 0.3 else 0):
        clutter.put(scene, draw, draw.choice(("skip", "kiosk")), side * (outer + 2.5), draw.uniform(start, end))


def _boards(scene, draw, side, start, end, offset):
    """Boards of two metres height in one or two colours."""
    pair = [vary(draw, colour, 0.1) for colour in draw.sample(HOARDINGS, 2)]
    pair = pair if draw.random() < 0.4 else pair[:1]
    x, z, number = side * (scene.layout.property[side] + offset), start, 0
    while z < end:
        board, stop = pair[number % len(pair)], min(z + 2.4, end) if len(pair) > 1 else end
        part = dict(side=side, x=x, z0=z, z1=stop, height=2.1, train_id=3, palette=(board, board, board))
        scene.add(stop, objects.screen, part)
        z, number = stop, number + 1


def _ground(scene, side, outer, start, end, colour, train_id):
    points = [(side * outer, start), (side * 50, start), (side * 50, end), (side * outer, end)]
    scene.paint.append((points, colour, train_id))
