"""What stands and moves along a street: a list of (distance, drawing function, properties), far things first.

The street is made in pieces of CHUNK metres, each from its own seed, so that a drive along it sees the same houses from
frame to frame; people and traffic move in endless rows whose places are functions of time.
"""

import math
import random

from keras_uda.data.procedural import objects
from keras_uda.data.procedural.layout import Layout
from keras_uda.data.procedural.layout import varied

CHUNK = 24.0
AHEAD = 100.0
ROOFS = ((110, 64, 52), (70, 70, 76), (92, 80, 74))


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

    def build(self):
        """Fills `things`, `paint` and `shadows`."""
        first = math.floor((self.travelled - 4.5) / CHUNK)
        for number in range(first, math.floor((self.travelled + AHEAD) / CHUNK) + 1):
            self._chunk(number)
        self._dashes()
        for lane, (x, direction) in enumerate(self.layout.lanes):
            self._traffic(lane, x, direction)
        for side in (-1, 1):
            self._walkers(side)
        self.things.sort(key=lambda thing: -thing[0])

    def _add(self, distance, draw_function, properties):
        self.things.append((distance, draw_function, properties))

    def _chunk(self, number):
        draw = random.Random(f"{self.seed} chunk {number}")
        base = number * CHUNK - self.travelled
        crossing = draw.random() < self.look.junction
        for side in (-1, 1):
            junction = crossing and draw.random() < 0.7
            self._side(draw, side, base, junction)
        if crossing:
            self._zebra(draw, base + draw.uniform(1, 3))
            self._signals(draw, base)
        self._patches(draw, base)

    # The sides of the street.

    def _side(self, draw, side, base, junction):
        layout, look = self.layout, self.look
        zones = look.zones
        zone = draw.choices(list(zones), list(zones.values()))[0] if not junction else "houses"
        start, end = base, base + CHUNK
        if junction:
            width = draw.uniform(6, 10)
            self._side_road(draw, side, start, start + width)
            start += width + draw.uniform(1.5, 3.0)
        if zone == "houses":
            self._houses(draw, side, start, end, after_gap=junction)
        else:
            self._open_ground(draw, side, start, end, zone)
        self._along_kerb(draw, side, base, end, junction)
        if layout.parking[side]:
            self._parked(draw, side, start, end)

    def _side_road(self, draw, side, z0, z1):
        layout = self.layout
        near, far = side * (layout.edge[side] - 0.1), side * 50.0
        pavement = side * (layout.edge[side] + layout.pavement[side])
        for a, b in ((z0 - 2.0, z0), (z1, z1 + 2.0)):
            self.paint.append(([(pavement, a), (far, a), (far, b), (pavement, b)], layout.paving, 1))
        self.paint.append(([(near, z0), (far, z0), (far, z1), (near, z1)], layout.road, 0))
        line = side * (layout.edge[side] + 0.3)
        self.paint.append(([(line, z0), (line + side * 0.3, z0), (line + side * 0.3, z1), (line, z1)], layout.marking, 0))
        if draw.random() < 0.3:
            x = side * (layout.edge[side] + draw.uniform(3, 14))
            self._vehicle(draw, x, (z0 + z1) / 2, side * math.pi / 2, "car")

    def _palette(self, draw):
        wall = varied(draw, draw.choice(self.look.walls), 0.13)
        glass = varied(draw, draw.choice(self.look.glass), 0.2)
        if self.light.dusk and draw.random() < 0.5:
            glass = (330, 260, 150)
        trim = varied(draw, (225, 220, 210), 0.1) if draw.random() < 0.6 else varied(draw, draw.choice(self.look.paints), 0.1)
        return wall, glass, trim

    def _houses(self, draw, side, start, end, after_gap):
        """A terrace of one height and roof, or houses of their own."""
        look, z = self.look, start
        terrace = draw.random() < 0.6
        floors, roof = draw.randint(*look.floors), self._roof(draw)
        setback = 0.0
        while z < end - 1.0:
            length = min(draw.uniform(5, 16), end - z)
            if end - z - length < 4:
                length = end - z
            before, setback = setback, draw.uniform(0, 2.5) if draw.random() < 0.3 else 0.0
            if not terrace:
                floors, roof = draw.randint(*look.floors), self._roof(draw)
            free = after_gap or setback < before or not terrace
            gable = "none" if not free else "facade" if after_gap and draw.random() < 0.7 else "plain"
            self._house(draw, side, z, length, setback, floors, roof, gable)
            z += length
            after_gap = not terrace and draw.random() < 0.35 and z < end - 4
            if after_gap:
                gap = draw.uniform(1.5, 4)
                self._green(draw, side, z, z + gap, draw.uniform(2, 6), 2.0)
                z += gap

    def _roof(self, draw):
        """(rise, colour) of a pitched or flat roof."""
        if draw.random() < 0.45:
            return 0.0, None
        return draw.uniform(2.0, 4.5), varied(draw, draw.choice(ROOFS), 0.12)

    def _house(self, draw, side, z, length, setback, floors, roof, gable):
        number = draw.randrange(len(self.atlas.facades))
        texture = self.atlas.facades[number].extra
        height = min(texture["ground"] + (floors - 1) * texture["storey"] + draw.uniform(0.2, 0.9), 22.0)
        x = side * (self.layout.property[side] + setback)
        house = dict(side=side, x=x, z0=z, z1=z + length, height=height, depth=10.0, texture=number, roof=roof, gable=gable)
        house |= dict(palette=self._palette(draw), chimney=draw.random() < 0.5, rows=height)
        house |= dict(start=draw.uniform(0, max(16 - length, 0.0)), stretch=min(1.0, 16 / length))
        self._add(z + length, objects.building, house)
        sun_x, sun_z = self.light.sun
        if self.light.shadow < 1 and side * sun_x > 0:
            reach, lean = x - height * sun_x, height * sun_z
            self.shadows.append([(x, z), (x, z + length), (reach, z + length + lean), (reach, z + lean)])

    def _green(self, draw, side, z0, z1, height, offset, base=0.0):
        leaf = varied(draw, draw.choice(self.look.leaves), 0.15)
        light_leaf = tuple(c * 1.5 for c in leaf)
        self._add(z1, objects.screen, dict(
            side=side, x=side * (self.layout.property[side] + offset), z0=z0, z1=z1, height=height, base=base, train_id=8,
            texture=draw.randrange(len(self.atlas.leaf_walls)), palette=(leaf, light_leaf, (70, 56, 44)), depth=3.0,
            scale=draw.uniform(0.8, 1.6),
        ))  # fmt: skip

    def _open_ground(self, draw, side, start, end, zone):
        layout = self.layout
        x = side * layout.property[side]
        if zone in ("park", "lawn", "hedge"):
            outer = side * (layout.edge[side] + layout.pavement[side])
            points = [(outer, start), (side * 50, start), (side * 50, end), (outer, end)]
            self.paint.append((points, varied(draw, layout.grass, 0.08), 9))
        if zone == "hedge":
            self._green(draw, side, start, end, draw.uniform(0.9, 2.4), 0.1)
        elif zone == "wall":
            stone = varied(draw, draw.choice(self.look.walls), 0.12)
            self._add(end, objects.screen, dict(
                side=side, x=x, z0=start, z1=end, height=draw.uniform(0.9, 2.8), train_id=3, texture=None,
                palette=(stone, stone, tuple(c * 1.12 for c in stone)), depth=0.0,
            ))  # fmt: skip
        elif zone == "fence":
            metal = varied(draw, draw.choice(((40, 42, 44), (110, 112, 112), (150, 120, 84), (220, 220, 216), (60, 84, 64))), 0.15)
            behind = varied(draw, draw.choice((layout.grass, (96, 96, 92), metal)), 0.1)
            self._add(end, objects.fence, dict(
                side=side, x=x, z0=start, z1=end, height=draw.uniform(0.9, 2.0), colour=metal, infill=behind,
                step=draw.uniform(0.25, 0.9), bar=draw.uniform(0.04, 0.12),
            ))  # fmt: skip
        for _ in range(draw.randint(2, 5) if zone == "park" else draw.randint(0, 3)):
            self._tree(draw, side, layout.property[side] + draw.uniform(1.5, 12), draw.uniform(start, end), (5, 14))
        if zone != "lawn":
            self._green(draw, side, start, end, draw.uniform(4, 10), draw.uniform(10, 22))
        else:
            self._far_houses(draw, side, start, end)

    def _far_houses(self, draw, side, start, end):
        number = draw.randrange(len(self.atlas.facades))
        height = draw.uniform(5, 9)
        self._add(end + 2, objects.building, dict(
            side=side, x=side * (self.layout.property[side] + draw.uniform(8, 16)), z0=start + 2, z1=end - 2, height=height,
            depth=10.0, texture=number, palette=self._palette(draw), roof=(2.5, (96, 66, 56)), gable="plain",
            chimney=False, start=0.0, stretch=0.8, rows=height,
        ))  # fmt: skip

    def _tree(self, draw, side, x, z, heights):
        height = draw.uniform(*heights)
        bare = draw.random() < self.look.bare
        leaf = varied(draw, draw.choice(self.look.leaves), 0.16)
        bark = varied(draw, (78, 64, 52), 0.2)
        spread = height * draw.uniform(0.5, 0.85)
        shelf = self.atlas.bare if bare else self.atlas.crowns
        self._add(z, objects.tree, dict(
            x=side * x, z=z, height=height, spread=spread, trunk=draw.uniform(0.08, 0.22), bare=bare,
            number=draw.randrange(len(shelf)), palette=(leaf, tuple(c * 1.6 for c in leaf), bark),
            stem=0.0 if bare else draw.uniform(0.18, 0.4), mirror=draw.random() < 0.5,
        ))  # fmt: skip
        if self.light.shadow < 1:
            sx, sz = self.light.sun
            far_x, far_z = side * x - sx * height * 0.8, z + sz * height * 0.8
            wide = spread * 0.5
            self.shadows.append([(far_x - wide, far_z - wide), (far_x - wide, far_z + wide), (far_x + wide, far_z + wide), (far_x + wide, far_z - wide)])

    def _along_kerb(self, draw, side, start, end, junction):
        layout, look = self.layout, self.look
        edge, pavement = layout.edge[side], layout.pavement[side]

        def place():
            return draw.uniform(start, end)

        if pavement > 1.2 and draw.random() < look.trees:
            for _ in range(draw.randint(1, 3)):
                self._tree(draw, side, edge + draw.uniform(0.5, 1.2), place(), (4, 10))
        for _ in range(self._count(draw, look.lamps * 1.6)):
            z, kind = place(), draw.random()
            self._add(z, objects.lamp, dict(
                x=side * (edge + draw.uniform(0.3, 0.9)), z=z, side=side, radius=draw.uniform(0.06, 0.14),
                height=draw.uniform(4, 9) if kind < 0.7 else 0.95, arm=draw.uniform(0.6, 2.0) if kind < 0.6 else 0.0,
                colour=varied(draw, draw.choice(((60, 64, 62), (110, 112, 112), (36, 36, 38), (150, 150, 146))), 0.15),
            ))  # fmt: skip
        for _ in range(self._count(draw, look.signs * 1.6)):
            self._sign(draw, side, place())
        for _ in range(self._count(draw, look.people * 0.8)):
            self._person(draw, side * (edge + draw.uniform(0.4, max(pavement, 0.8))), place(), 0)
        if draw.random() < look.cyclists * 1.5:
            z = place()
            for number in range(draw.randint(1, 4)):
                self._cycle(draw, side * (edge + draw.uniform(0.3, 0.6)), z + 0.7 * number, ridden=False, kind="bicycle" if draw.random() < 0.7 else "motorcycle")
        if not junction and draw.random() < 0.12:
            a = place()
            metal = varied(draw, (110, 112, 112), 0.25)
            self._add(a + 7, objects.fence, dict(
                side=side, x=side * (edge + 0.25), z0=a, z1=a + 7, height=1.05, colour=metal,
                infill=varied(draw, layout.paving, 0.1), step=0.5, bar=0.05,
            ))  # fmt: skip

    @staticmethod
    def _count(draw, expected):
        whole = int(expected)
        return whole + (draw.random() < expected - whole)

    def _sign(self, draw, side, z):
        shape = draw.choice(("disc", "disc", "triangle", "board", "board"))
        faces = ((240, 240, 240), (30, 70, 170), (200, 30, 36), (240, 200, 40), (30, 110, 70))
        face, rim = draw.choice(faces), draw.choice(((200, 30, 36), (240, 240, 240), (30, 60, 150), (30, 30, 34)))
        self._add(z, objects.sign, dict(
            x=side * (self.layout.edge[side] + draw.uniform(0.3, 0.9)), z=z, height=draw.uniform(2.0, 3.0), shape=shape,
            size=draw.uniform(0.28, 0.5), aspect=draw.uniform(0.7, 2.0), face=varied(draw, face, 0.08),
            rim=varied(draw, rim, 0.08), colour=varied(draw, (120, 122, 122), 0.25),
        ))  # fmt: skip

    def _signals(self, draw, z):
        if draw.random() < 0.75:
            state = draw.choice((0, 0, 1, 2, 2))
            for side in (-1, 1):
                self._add(z - 1, objects.traffic_light, dict(
                    x=side * (self.layout.edge[side] + 0.4), z=z - 1, height=draw.uniform(2.8, 3.6),
                    colour=(48, 50, 50), state=state,
                ))  # fmt: skip

    # Markings.

    def _zebra(self, draw, z):
        layout = self.layout
        if draw.random() < 0.6:
            x = -layout.edge[-1] + 0.4
            while x < layout.edge[1] - 0.4:
                self.paint.append(([(x, z), (x + 0.5, z), (x + 0.5, z + 3), (x, z + 3)], layout.marking, 0))
                x += 1.0
        self.paint.append(
            ([(0, z - 1.5), (layout.keep * (layout.edge[layout.keep] - 0.3), z - 1.5)]
             + [(layout.keep * (layout.edge[layout.keep] - 0.3), z - 1.1), (0, z - 1.1)], layout.marking, 0)
        )  # fmt: skip

    def _dashes(self):
        layout = self.layout
        draw = random.Random(f"{self.seed} dashes")
        length, gap = draw.choice(((1.0, 1.0), (2.0, 4.0), (3.0, 6.0), (4.0, 2.0)))
        period = length + gap
        for x in layout.dashes:
            z = -(self.travelled % period)
            while z < 45:
                a, b = max(z, 0.6), z + length
                if b > a:
                    self.paint.append(([(x - 0.07, a), (x + 0.07, a), (x + 0.07, b), (x - 0.07, b)], layout.marking, 0))
                z += period

    def _patches(self, draw, base):
        layout = self.layout
        for _ in range(draw.randint(0, 3)):
            x, z = draw.uniform(-layout.edge[-1], layout.edge[1] - 1), base + draw.uniform(0, CHUNK)
            w, d = draw.uniform(0.4, 2.5), draw.uniform(0.5, 7)
            right = min(x + w, layout.edge[1])
            self.paint.append(([(x, z), (right, z), (right, z + d), (x, z + d)], varied(draw, layout.road, 0.1), 0))

    # What moves.

    def _row(self, name, spacing, speed, behind):
        """Endless row of places: (random source of the place, distance ahead of the camera)."""
        moved = speed * self.time - self.travelled
        first = math.floor((-behind - moved) / spacing)
        for number in range(first, math.floor((AHEAD * 0.75 - moved) / spacing) + 1):
            draw = random.Random(f"{self.seed} {name} {number}")
            yield draw, number * spacing + moved + draw.uniform(0, spacing * 0.4)

    def _traffic(self, lane, x, direction):
        own = direction == 1
        speed = 8.0 if own else -7.0
        for draw, z in self._row(f"lane {lane}", 13.0, speed, 6.0):
            if draw.random() > self.look.traffic * (0.9 if own else 0.8):
                continue
            if own and z < 4.5 + draw.uniform(0, 6):
                continue
            if draw.random() < self.look.cyclists:
                kerb = math.copysign(self.layout.lane * 0.3, x)
                self._cycle(draw, x + kerb, z, ridden=True, kind="bicycle" if draw.random() < 0.6 else "motorcycle", towards=not own)
                continue
            kind = draw.choices(list(self.look.fleet), list(self.look.fleet.values()))[0]
            if self.layout.tram and draw.random() < 0.3:
                kind = "train"
            self._vehicle(draw, x + draw.uniform(-0.25, 0.25), z, draw.gauss(0, 0.02) + (0 if own else math.pi), kind)

    def _vehicle(self, draw, x, z, heading, kind):
        paints = self.look.paints
        second = (225, 225, 222) if draw.random() < 0.5 else varied(draw, draw.choice(paints), 0.1)
        self._add(z + 0.3, objects.vehicle, dict(
            x=x, z=z, heading=heading, kind=kind, variant=draw.randrange(12 if kind == "car" else 8),
            shape=draw.choice(("hatch", "hatch", "hatch", "sedan", "sedan", "estate", "van", "suv")),
            paint=varied(draw, draw.choice(paints), 0.12), second=second,
            glass=varied(draw, draw.choice(((22, 26, 32), (44, 50, 58), (86, 96, 106))), 0.2), braking=draw.random() < 0.25,
        ))  # fmt: skip
        if abs(math.cos(heading)) > 0.5:
            half, length = (0.95, 4.4) if kind == "car" else (1.35, 9.0)
            self.shadows.append([(x - half - 0.1, z - 0.25), (x + half + 0.1, z - 0.25), (x + half + 0.1, z + length), (x - half - 0.1, z + length)])

    def _parked(self, draw, side, start, end):
        layout = self.layout
        density = self.look.parked * draw.random() * 1.3
        z = start + draw.uniform(0, 3)
        while z < end - 4:
            if draw.random() < density:
                x = side * (layout.edge[side] - 1.1 + draw.uniform(-0.1, 0.15))
                kind = "car" if draw.random() < 0.95 else draw.choice(("truck", "bus"))
                away = (side == layout.keep) == (draw.random() < 0.85)
                self._vehicle(draw, x, z, 0.0 if away else math.pi, kind)
            z += draw.uniform(5.2, 7.0)

    def _walkers(self, side):
        layout = self.layout
        for way in (1, -1):
            speed = 1.3 * way
            for draw, z in self._row(f"walk {side} {way}", 12.0, speed, 0.0):
                if draw.random() < self.look.people * 0.35 and z > 1.5:
                    x = side * (layout.edge[side] + draw.uniform(0.5, max(layout.pavement[side] - 0.3, 0.8)))
                    phase = int(self.time * 4 + draw.random() * 4) % 4
                    self._person(draw, x, z, phase)
                    if draw.random() < 0.4:
                        self._person(draw, x + 0.5, z + 0.2, (phase + 1) % 4)

    def _person(self, draw, x, z, phase):
        coats = self.look.coats
        skin = varied(draw, draw.choice(((224, 180, 150), (200, 150, 118), (140, 98, 72), (92, 64, 48))), 0.08)
        trousers = varied(draw, draw.choice(((40, 46, 66), (30, 30, 34), (90, 84, 74), (66, 72, 92))), 0.2)
        self._add(z, objects.person, dict(
            x=x, z=z, number=draw.randrange(len(self.atlas.walkers)), phase=phase, mirror=draw.random() < 0.5,
            palette=(varied(draw, draw.choice(coats), 0.2), trousers, skin), height=draw.uniform(0.9, 1.08),
        ))  # fmt: skip

    def _cycle(self, draw, x, z, ridden, kind, towards=False):
        skin = varied(draw, (210, 164, 134), 0.12)
        dress = (varied(draw, draw.choice((*self.look.coats, (210, 220, 50))), 0.2), (46, 48, 60), skin)
        side_on = not ridden if draw.random() < 0.75 else ridden
        self._add(z, objects.cycle, dict(
            x=x, z=z, kind=kind, side_on=side_on, number=draw.randrange(4), ridden=ridden, mirror=draw.random() < 0.5,
            palette=(varied(draw, draw.choice(self.look.paints), 0.15), (60, 60, 64), (230, 220, 190) if towards else (170, 30, 30)), dress=dress,
        ))  # fmt: skip
