"""Which traffic signs and lights stand where: one country's signs and one kind of lights in each street."""

import random

from keras_uda.world import signs
from keras_uda.world.layout import vary

METALS = ((60, 64, 62), (110, 112, 112), (36, 36, 38), (150, 150, 146), (40, 70, 52), (120, 92, 64))
# What a country puts on its signs: shape, face, rim, ink (of what is written); each street keeps to one country.
RED, WHITE, BLUE, GREEN, YELLOW, BLACK = (
    (196, 30, 36),
    (238, 238, 236),
    (30, 72, 168),
    (28, 108, 70),
    (236, 196, 50),
    (30, 30, 34),
)
COUNTRIES = (
    (
        ("disc", WHITE, RED, BLACK),
        ("disc", BLUE, WHITE, WHITE),
        ("disc", RED, RED, WHITE),
        ("triangle", WHITE, RED, BLACK),
    )
    + (("give_way", WHITE, RED, None), ("board", BLUE, WHITE, WHITE), ("diamond", YELLOW, WHITE, None)),
    (("octagon", RED, WHITE, WHITE), ("diamond", YELLOW, BLACK, BLACK), ("board", WHITE, BLACK, BLACK))
    + (("board", WHITE, BLACK, BLACK), ("board", GREEN, WHITE, WHITE), ("board", YELLOW, BLACK, BLACK)),
    (("disc", YELLOW, RED, BLACK), ("triangle", YELLOW, RED, BLACK), ("board", BLUE, WHITE, WHITE))
    + (("disc", BLUE, WHITE, WHITE), ("board", YELLOW, BLACK, BLACK), ("octagon", RED, WHITE, WHITE)),
)


def country_of(scene):
    """What signs look like here, the same in the whole street."""
    return COUNTRIES[random.Random(f"{scene.seed} country").randrange(len(COUNTRIES))]


def plate(scene, draw, size):
    """One board of the country of this street."""
    shape, face, rim, ink = draw.choice(country_of(scene))
    face, rim = vary(draw, face, 0.08), vary(draw, rim, 0.08)
    return dict(shape=shape, size=size, aspect=draw.uniform(0.6, 1.6), face=face, rim=rim, ink=ink)


def sign(scene, draw, side, z):
    """A traffic sign at the kerb; sometimes a large direction board, or low on a wall of the pavement."""
    layout = scene.layout
    post = dict(z=z, height=draw.uniform(1.9, 3.2), colour=vary(draw, draw.choice(METALS), 0.2), second=None)
    post |= plate(scene, draw, draw.uniform(0.26, 0.5))
    kind = draw.random()
    if kind < 0.12:
        face = vary(draw, draw.choice((BLUE, GREEN, WHITE, YELLOW)), 0.1)
        ink = BLACK if sum(face) > 450 else WHITE
        post |= dict(
            shape="direction", size=draw.uniform(0.6, 1.1), aspect=draw.uniform(1.1, 2.0), face=face, ink=ink, rim=ink
        )
    elif kind < 0.4:
        post["second"] = vary(draw, WHITE, 0.08)
    away = draw.uniform(0.3, 0.9) if draw.random() < 0.8 else draw.uniform(0.5, max(layout.pavement[side], 0.9))
    scene.add(z, signs.sign, post | dict(x=side * (layout.edge[side] + away)))


def gantry(scene, draw, z):
    """Boards above the road."""
    layout = scene.layout
    x0, x1 = -layout.edge[-1] - 0.8, layout.edge[1] + 0.8
    face = vary(draw, draw.choice((BLUE, GREEN)), 0.1)
    boards = []
    for x, _ in draw.sample(layout.lanes, min(len(layout.lanes), draw.randint(1, 3))):
        board = dict(shape="board", size=draw.uniform(0.7, 1.3), aspect=draw.uniform(1.0, 1.8), face=face, rim=WHITE)
        boards.append(board | dict(x=x, ink=WHITE))
    beam = dict(x0=x0, x1=x1, z=z, height=draw.uniform(5.2, 6.5), colour=vary(draw, METALS[1], 0.2), boards=boards)
    scene.add(z, signs.gantry, beam)


def signals(scene, draw, z):
    """Traffic lights before a junction: at the kerbs, on arms above the lanes, or behind the junction."""
    if draw.random() >= scene.look.signals:
        return
    plan = random.Random(f"{scene.seed} signals")
    housing = plan.choice(((26, 26, 28), (26, 26, 28), (44, 58, 50), (196, 160, 40), (120, 122, 122)))
    style = dict(housing=housing, backing=plan.choice((None, None, None, (20, 20, 22), (226, 226, 222))))
    style |= dict(size=plan.uniform(0.8, 1.25), sideways=plan.random() < 0.12, arm=plan.random() < 0.35)
    state, colour = draw.choice((0, 0, 1, 2, 2)), vary(plan, plan.choice(METALS), 0.2)
    for at in (z - 1, z + draw.uniform(9, 14)) if plan.random() < 0.4 else (z - 1,):
        for side in (-1, 1):
            signal(scene, draw, side, at, style, dict(state=state, colour=colour))


def signal(scene, draw, side, z, style, common):
    """One pole with one head at the kerb, or several along an arm."""
    edge, size, sideways = scene.layout.edge[side], style["size"], style["sideways"]
    x, height = side * (edge + draw.uniform(0.3, 0.6)), draw.uniform(2.6, 3.6)
    heads = [dict(x=x, top=height, size=size, sideways=sideways)]
    if style["arm"] and side == scene.layout.keep:
        height = draw.uniform(5.2, 6.4)
        heads.append(dict(x=side * edge * draw.uniform(0.3, 0.7), top=height + 0.3, size=size, sideways=sideways))
    pole = dict(x=x, z=z, height=height, heads=heads, housing=style["housing"], backing=style["backing"])
    scene.add(z, signs.traffic_light, pole | common)
