"""What stands and moves along a street: a list of (distance, drawing function, properties), far things first.

The street is made in pieces of CHUNK metres, each from its own seed, so that a drive along it sees the same houses from
frame to frame; people and traffic move in endless rows whose places are functions of time.
"""

import math
import random

from keras_uda.world import ahead
from keras_uda.world import furniture
from keras_uda.world import greenery
from keras_uda.world import markings
from keras_uda.world import roadside
from keras_uda.world import traffic
from keras_uda.world.layout import Layout
from keras_uda.world.markings import CHUNK
from keras_uda.world.shadows import cross_shadows

AHEAD = 88.0


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

    def build(self):
        """Fills `things`, `paint` and `shadows`."""
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
        """Adds a thing that stands before the end of the street; a long one is cut there."""
        if properties.get("z0", distance) >= self.end - 0.3:
            return
        if properties.get("z1", 0.0) > self.end:
            properties["z1"] = self.end - 0.1
        self.things.append((min(distance, self.end - 0.1), draw_function, properties))

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
            markings.zebra(self, draw, base + draw.uniform(1, 3))
            furniture.signals(self, draw, base)
        markings.patches(self, draw, base)
        greenery.avenue(self, number, base, base + CHUNK)
        cross_shadows(self, random.Random(f"{self.seed} shadow {number}"), base, base + CHUNK)
