"""What stands on the pavement: trees, lamps, signs, signals, people who wait, parked cycles, railings."""

from keras_uda.world import objects
from keras_uda.world import traffic
from keras_uda.world.greenery import tree
from keras_uda.world.layout import vary


def along_kerb(scene, draw, side, start, end, junction):
    """Trees, lamps, signs, people, parked cycles and a railing between `start` and `end`."""
    layout, look = scene.layout, scene.look
    edge, pavement = layout.edge[side], layout.pavement[side]

    def place():
        return draw.uniform(start, end)

    if pavement > 1.2 and draw.random() < look.trees:
        for _ in range(draw.randint(1, 3)):
            tree(scene, draw, side, edge + draw.uniform(0.5, 1.2), place(), (4, 10))
    for _ in range(count(draw, look.lamps * 1.6)):
        z, kind = place(), draw.random()
        scene.add(
            z,
            objects.lamp,
            dict(
                x=side * (edge + draw.uniform(0.3, 0.9)),
                z=z,
                side=side,
                radius=draw.uniform(0.06, 0.14),
                height=draw.uniform(4, 9) if kind < 0.7 else 0.95,
                arm=draw.uniform(0.6, 2.0) if kind < 0.6 else 0.0,
                colour=vary(draw, draw.choice(((60, 64, 62), (110, 112, 112), (36, 36, 38), (150, 150, 146))), 0.15),
            ),
        )
    for _ in range(count(draw, look.signs * 1.6)):
        sign(scene, draw, side, place())
    for _ in range(count(draw, look.people * 0.8)):
        traffic.person(scene, draw, side * (edge + draw.uniform(0.4, max(pavement, 0.8))), place(), 0)
    if draw.random() < look.cyclists * 1.5:
        z = place()
        for number in range(draw.randint(1, 4)):
            traffic.cycle(
                scene,
                draw,
                side * (edge + draw.uniform(0.3, 0.6)),
                z + 0.7 * number,
                ridden=False,
                kind="bicycle" if draw.random() < 0.7 else "motorcycle",
            )
    if not junction and draw.random() < 0.12:
        a = place()
        metal = vary(draw, (110, 112, 112), 0.25)
        scene.add(
            a + 7,
            objects.fence,
            dict(
                side=side,
                x=side * (edge + 0.25),
                z0=a,
                z1=a + 7,
                height=1.05,
                colour=metal,
                infill=vary(draw, layout.paving, 0.1),
                step=0.5,
                bar=0.05,
            ),
        )


def count(draw, expected):
    """A whole number with this expectation."""
    whole = int(expected)
    return whole + (draw.random() < expected - whole)


def sign(scene, draw, side, z):
    """A traffic sign."""
    shape = draw.choice(("disc", "disc", "triangle", "board", "board"))
    faces = ((240, 240, 240), (30, 70, 170), (200, 30, 36), (240, 200, 40), (30, 110, 70))
    face, rim = draw.choice(faces), draw.choice(((200, 30, 36), (240, 240, 240), (30, 60, 150), (30, 30, 34)))
    scene.add(
        z,
        objects.sign,
        dict(
            x=side * (scene.layout.edge[side] + draw.uniform(0.3, 0.9)),
            z=z,
            height=draw.uniform(2.0, 3.0),
            shape=shape,
            size=draw.uniform(0.28, 0.5),
            aspect=draw.uniform(0.7, 2.0),
            face=vary(draw, face, 0.08),
            rim=vary(draw, rim, 0.08),
            colour=vary(draw, (120, 122, 122), 0.25),
        ),
    )


def signals(scene, draw, z):
    """Traffic lights on both sides before a junction."""
    if draw.random() < 0.75:
        state = draw.choice((0, 0, 1, 2, 2))
        for side in (-1, 1):
            scene.add(
                z - 1,
                objects.traffic_light,
                dict(
                    x=side * (scene.layout.edge[side] + 0.4),
                    z=z - 1,
                    height=draw.uniform(2.8, 3.6),
                    colour=(48, 50, 50),
                    state=state,
                ),
            )
