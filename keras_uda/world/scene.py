"""What stands and moves along a street: a list of (distance, drawing function, properties), far things first.

The street is made in pieces of CHUNK metres, each from its own seed, so that a drive along it sees the same houses from
frame to frame; people and traffic move in endless rows whose places are functions of time.
"""

import math
import random

from keras_uda.world import ahead
from keras_uda.world import greenery
from keras_uda.world import junctions
from keras_uda.world import markings
from keras_uda.world import objects
from keras_uda.world import roadside
from keras_uda.world import signage
from keras_uda.world import traffic
from keras_uda.world.layout import Layout
from keras_uda.world.markings import CHUNK
from keras_uda.world.shadows import cross_shadows

AHEAD = 88.0
MOBILE = (objects.person, objects.cycle, objects.vehicle)


class Scene:
    """Collects things for one frame.

    Args:
        seed: text. layout, look, atlas: what the street is. travelled: metres. time: seconds.
    """

    def __init__(self, seed: str, layout: Layout, look, atlas, light, travelled: float, time: float):
        self.seed = seed
        self.layout = layout
        self.look = look
        self.atlas = atlas
        self.light = light
        self.travelled = travelled
        self.time = time
        self.things = []
        self.paint = []  # polygons on the ground: (points (x, z), colour, train id)
        self.shadows = []
        self.end = math.inf  # metres ahead, where something closes the view: see `ahead`
        self.gaps = []  # (side, from, to): where a side road leaves and nothing stands beside the road

    def build(self):
        """Fills `things`, `paint` and `shadows`."""
        junctions.inside(self)
        ahead.close_view(self)
        first = math.floor((self.travelled - 4.5) / CHUNK)
        for number in range(first, math.floor((self.travelled + AHEAD) / CHUNK) + 1):
            self._chunk(number)
        markings.dashes(self)
        for lane, (x, direction) in enumerate(self.layout.lanes):
            traffic.traffic(self, lane, x, direction)
        for side in (-1, 1):
            traffic.walkers(self, side)
        self.things.sort(key=lambda thing: -thing[0])

    def add(self, distance, draw_function, properties):
        """Adds a thing that stands before the end of the street; a long one is cut there and at side roads."""
        if "z1" not in properties:
            if distance < self.end - 0.3 and not self._in_a_gap(distance, draw_function, properties):
                self.things.append((distance, draw_function, properties))
            return
        z0, z1, side = properties["z0"], min(properties["z1"], self.end - 0.1), properties.get("side")
        for start, stop in junctions.pieces(self.gaps, side, z0, z1) if z1 - z0 > 0.2 else ():
            part = properties | dict(z0=start, z1=stop)
            if start > z0 and "gable" in part:
                part |= dict(gable="facade")
            self.things.append((min(distance + stop - properties["z1"], self.end - 0.1), draw_function, part))

    def _in_a_gap(self, distance, draw_function, properties):
        """Whether a thing without length would stand in a side road; who is there may stay."""
        x = properties.get("x", 0.0)
        side = 1 if x > 0 else -1
        there = any(s == side and start < distance < end for s, start, end in self.gaps)
        return there and draw_function not in MOBILE and abs(x) > self.layout.edge[side]

    def _chunk(self, number):
        draw = random.Random(f"{self.seed} chunk {number}")
        base = number * CHUNK - self.travelled
        crossing = draw.random() < self.look.junction
        if self.look.barriers:
            roadside.barriers(self, draw, base)
        for side in (-1, 1):
            junction = crossing and draw.random() < 0.7
            roadside.one_side(self, draw, side, base, junction)
        if crossing:
            z = base + draw.uniform(1, 3)
            markings.zebra(self, draw, z)
            signage.signals(self, draw, base)
            if self.look.people and draw.random() < 0.6:
                traffic.crossing_people(self, draw, z, z + 3, 4)
        elif draw.random() < 0.12 * self.look.signals:
            markings.zebra(self, draw, base + 8.0)
            signage.signals(self, draw, base + 8.0)
        if draw.random() < self.look.cyclists:
            side = draw.choice((-1, 1))
            x, z = side * max(self.layout.edge[side] - draw.uniform(0.5, 1.2), 0.5), draw.uniform(base, base + CHUNK)
            if z > 2.5:
                traffic.cyclists(self, draw, x, z, towards=draw.random() < 0.5)
        if draw.random() < self.look.crossers:
            traffic.crossing_people(self, draw, base, base + CHUNK, 2)
        if draw.random() < self.look.gantries:
            signage.gantry(self, draw, base + draw.uniform(0, CHUNK))
        markings.patches(self, draw, base)
        greenery.avenue(self, number, base, base + CHUNK)
        cross_shadows(self, random.Random(f"{self.seed} shadow {number}"), base, base + CHUNK)
