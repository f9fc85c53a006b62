"""Houses beside the road: colours, roofs, shadows, and what is before them."""

from keras_uda.world import objects
from keras_uda.world import shops
from keras_uda.world.greenery import climbing
from keras_uda.world.layout import vary

ROOFS = ((110, 64, 52), (70, 70, 76), (92, 80, 74))


def wall_palette(scene, draw):
    """(wall, glass, trim) colours of one house."""
    wall = vary(draw, draw.choice(scene.look.walls), 0.13)
    glass = vary(draw, draw.choice(scene.look.glass), 0.2)
    if scene.light.dusk and draw.random() < 0.5:
        glass = (330, 260, 150)
    trim = vary(draw, (225, 220, 210), 0.1) if draw.random() < 0.6 else vary(draw, draw.choice(scene.look.paints), 0.1)
    return wall, glass, trim


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
    shops.front_of(scene, draw, side, x, z, z + length)
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


def far_houses(scene, draw, side, start, end):
    """A house behind a lawn."""
    number = draw.randrange(len(scene.atlas.facades))
    x = side * (scene.layout.property[side] + draw.uniform(4, 16))
    height = draw.uniform(3.5, 9)
    house = dict(side=side, x=x, z0=start + draw.uniform(1, 6), z1=end - draw.uniform(1, 6), height=height, depth=10.0)
    house |= dict(texture=number, palette=wall_palette(scene, draw), roof=some_roof(scene, draw), gable="facade")
    scene.add(house["z1"], objects.building, house | dict(chimney=False, start=0.0, stretch=0.8, rows=height))
