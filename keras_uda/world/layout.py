"""The cross-section of a street: what stays the same along the whole drive."""

import random
from dataclasses import dataclass

from keras_uda.world.ground import REACH
from keras_uda.world.ground import ROAD
from keras_uda.world.ground import SIDEWALK
from keras_uda.world.ground import TERRAIN


def vary(draw: random.Random, colour, spread: float):
    """The colour, brighter or darker and slightly off in hue."""
    chance = draw.random
    factor = 1 + spread * 2.4 * (chance() + chance() - 1)
    red, green, blue = colour
    hue = spread * factor
    red *= factor + hue * (chance() - 0.5)
    green *= factor + hue * (chance() - 0.5)
    blue *= factor + hue * (chance() - 0.5)
    return (  # without min and max, which take twice as long and are called for every colour of every frame
        2.0 if red < 2.0 else 255.0 if red > 255.0 else red,
        2.0 if green < 2.0 else 255.0 if green > 255.0 else green,
        2.0 if blue < 2.0 else 255.0 if blue > 255.0 else blue,
    )


def count(draw: random.Random, expected: float) -> int:
    """A whole number with this expectation."""
    whole = int(expected)
    return whole + (draw.random() < expected - whole)


@dataclass
class Layout:
    """Lengths in metres; sides are -1 (left) and +1 (right).

    edge: where the carriageway ends, pavement: width, property: where gardens and houses begin (all positive, per
    side); lanes: centres of the lanes as (x, direction +1 away / -1 towards); strips: see `ground.cross_section`.
    """

    keep: int
    lane: float
    edge: dict
    pavement: dict
    property: dict
    parking: dict
    lanes: list
    dashes: list
    strips: list
    marking: tuple
    road: tuple
    paving: tuple
    grass: tuple
    tram: bool
    style: dict
    median: float = 0.0
    verge: float = 0.45


def draw_layout(draw: random.Random, look) -> Layout:
    """Draws one street."""
    keep = draw.choice((-1, 1))
    lane = draw.uniform(*look.lane)
    own = draw.choice(look.lanes)
    other = own if draw.random() < 0.7 else draw.choice((0, 1, 2))
    other = own if look.median else 0 if draw.random() < look.one_way else other
    parking = {side: 2.1 if draw.random() < look.parking else 0.0 for side in (-1, 1)}
    count = {keep: own, -keep: other}
    half = draw.uniform(*look.median) / 2 if look.median else 0.0
    edge = {side: half + count[side] * lane + parking[side] + draw.uniform(0.1, 0.7) for side in (-1, 1)}
    pavement = {side: draw.uniform(*look.pavement) if draw.random() < 0.93 else 0.4 for side in (-1, 1)}
    pavement = pavement if look.pavement[1] else {-1: 0.0, 1: 0.0}
    setback = {side: draw.uniform(*look.setback) if draw.random() < 0.6 else 0.1 for side in (-1, 1)}
    lanes = []
    for side in (-1, 1):
        lanes += [(side * (half + (number + 0.5) * lane), 1 if side == keep else -1) for number in range(count[side])]
    grey = draw.uniform(*look.asphalt)
    pale = draw.uniform(*look.paving)
    layout = Layout(
        keep=keep,
        lane=lane,
        edge=edge,
        pavement=pavement,
        property={side: edge[side] + pavement[side] + setback[side] for side in (-1, 1)},
        parking=parking,
        lanes=lanes,
        dashes=[],
        strips=[],
        marking=(draw.uniform(*look.marking),) * 3,
        road=vary(draw, (grey, grey, grey * 1.02), 0.03),
        median=half,
        verge=look.verge,
        paving=vary(draw, (pale, pale * 0.98, pale * 0.95), 0.05),
        grass=vary(draw, draw.choice(look.grass), 0.12),
        tram=draw.random() < 0.07 and not look.median,
        style={},
    )
    _strips(draw, layout, count)
    return layout


def _strips(draw, layout, count):
    """The ground from one side to the other; later strips lie on top of earlier ones."""
    layout.strips.append((-layout.edge[-1], layout.edge[1], layout.road, ROAD))
    for side in (-1, 1):
        _edge_of_road(draw, layout, side)
        _pavement(draw, layout, side)
        layout.dashes += [side * (layout.median + number * layout.lane) for number in range(1, count[side])]
    if layout.median:
        _median(draw, layout)
    elif count[-1] and count[1]:
        _centre_line(draw, layout)
    if layout.tram:
        _rails(layout)


def _strip(layout, side, inner, outer, colour, train_id):
    """A strip between two distances from the middle, on one side."""
    layout.strips.append((*sorted((side * inner, side * outer)), colour, train_id))


def _edge_of_road(draw, layout, side):
    """Parking bays, gutter and the lines along the kerb."""
    edge = layout.edge[side]
    if layout.parking[side]:
        _strip(layout, side, edge - 2.2, edge, vary(draw, layout.road, 0.1), ROAD)
        if draw.random() < 0.4:
            _strip(layout, side, edge - 2.3, edge - 2.18, layout.marking, ROAD)
    _strip(layout, side, edge - 0.35, edge, vary(draw, layout.road, 0.12), ROAD)
    if draw.random() < 0.3:
        yellow = draw.random() < 0.5
        _strip(layout, side, edge - 0.6, edge - 0.5, (210, 180, 60) if yellow else layout.marking, ROAD)


def _pavement(draw, layout, side):
    """Pavement with its kerb and verge, and the ground of gardens and houses behind it."""
    edge, width = layout.edge[side], layout.pavement[side]
    kerb = vary(draw, layout.paving, 0.2)
    if width:
        _strip(layout, side, edge, edge + width, layout.paving, SIDEWALK)
        _strip(layout, side, edge, edge + 0.18, kerb, SIDEWALK)
    if width > 2.6 and draw.random() < 0.3:
        _strip(layout, side, edge + 0.3, edge + 1.5, layout.grass, TERRAIN)
    grassy = draw.random() < layout.verge
    colour, train_id = (layout.grass, TERRAIN) if grassy else (vary(draw, layout.paving, 0.15), SIDEWALK)
    _strip(layout, side, edge + width, REACH, colour, train_id)


def _centre_line(draw, layout):
    """Dashes, a line, a double line or nothing between the two directions."""
    style = draw.random()
    if style < 0.55:
        layout.dashes.append(0.0)
    elif style < 0.85:
        layout.strips.append((-0.07, 0.07, layout.marking, ROAD))
    if 0.7 < style < 0.85:
        layout.strips.append((0.15, 0.28, layout.marking, ROAD))


def _rails(layout):
    """A tram track in either direction."""
    for x in (-0.72, 0.72):
        for track in (-1, 1):
            centre = track * layout.lane / 2
            layout.strips.append((centre + x - 0.06, centre + x + 0.06, (70, 66, 62), ROAD))


def _median(draw, layout):
    """The ground between two carriageways, and the lines beside it."""
    half, colour = layout.median, layout.grass if draw.random() < 0.6 else vary(draw, layout.road, 0.15)
    layout.strips.append((0.4 - half, half - 0.4, colour, TERRAIN if colour is layout.grass else ROAD))
    for side in (-1, 1):
        for line in (half - 0.1, layout.edge[side] - 0.3):
            layout.strips.append((*sorted((side * line, side * (line + 0.15))), layout.marking, ROAD))
