"""Before the windows of a shop: awnings and signs, part of the building, and goods, which belong to no class."""

from keras_uda.world import clutter
from keras_uda.world import structures
from keras_uda.world.layout import count
from keras_uda.world.layout import vary

CLOTHS = ((170, 40, 44), (40, 90, 60), (40, 60, 120), (220, 210, 190), (200, 150, 50), (60, 60, 62), (120, 80, 60))
GOODS = ((190, 60, 40), (210, 170, 60), (80, 130, 60), (230, 226, 216), (120, 90, 60), (60, 80, 140))


def front_of(scene, draw, side, x, z0, z1):
    """What a shop in the house at `x` from z0 to z1 puts before its wall."""
    look = scene.look
    if draw.random() < look.awnings:
        a = z0 + draw.uniform(0, 0.4) * (z1 - z0)
        cloth = vary(draw, draw.choice(CLOTHS), 0.15)
        other = draw.choice((cloth, cloth, (226, 222, 212)))
        awning = dict(side=side, x=x, z0=a, z1=min(a + draw.uniform(2, 6), z1), y=draw.uniform(2.7, 3.4))
        scene.add(z1, structures.awning, awning | dict(depth=draw.uniform(0.7, 1.8), colours=(cloth, other)))
    if draw.random() < look.awnings:
        half, z = draw.uniform(0.25, 0.6), draw.uniform(z0, z1)
        board = dict(x=x - side * half, z=z, y=draw.uniform(2.8, 5.0), half=half, tall=draw.uniform(0.4, 1.6))
        board |= dict(colour=vary(draw, draw.choice(CLOTHS), 0.2), ink=(236, 232, 222))
        scene.add(z, structures.shop_sign, board)
    for _ in range(count(draw, look.goods * 2)):
        goods = dict(x=x - side * draw.uniform(0.4, 0.9), z=draw.uniform(z0, z1), half=draw.uniform(0.25, 0.6))
        goods |= dict(height=draw.uniform(0.4, 1.1), depth=draw.uniform(0.4, 1.5))
        scene.add(goods["z"], clutter.box, goods | dict(colour=vary(draw, draw.choice(GOODS), 0.15)))
