"""Cars, vans, trucks, buses and trams as small solids, so that any view of them is right.

A body is a side profile [(z, y), ...] swept across its width; roles name what a face is made of.
"""

import math
from functools import lru_cache

import numpy as np

CAR, TRUCK, BUS, TRAIN = 13, 14, 15, 16


class Solid:
    """Vertices (n, 3) and faces, origin on the road under the middle of the tail, z towards the nose."""

    def __init__(self):
        self.vertices = []
        self.faces = []
        self.details = []  # (faces, three corners of each): everything, without trifles, only the body

    def face(self, points, role):
        first = len(self.vertices)
        self.vertices.extend(points)
        self.faces.append((np.arange(first, first + len(points)), role))

    def block(self, profile, half, roles, taper=0.0, side="body"):
        """Sweeps a closed profile [(z, y), ...] (tail low, tail high ... nose high, nose low) across +-half.

        roles: one per edge between successive points (None = not drawn). taper: how much narrower each metre of
        height above the first point is.
        """

        def width(y):
            return half - taper * max(y - profile[0][1], 0)

        for ((z0, y0), (z1, y1)), role in zip(
            zip(profile, [*profile[1:], profile[0]], strict=True), roles, strict=True
        ):
            if role:
                w0, w1 = width(y0), width(y1)
                self.face([(-w0, y0, z0), (-w1, y1, z1), (w1, y1, z1), (w0, y0, z0)], role)
        if side:
            self.face([(width(y), y, z) for z, y in profile], side)
            self.face([(-width(y), y, z) for z, y in reversed(profile)], side)

    def tail_rectangle(self, x0, x1, y0, y1, z, role):
        self.face([(x0, y0, z), (x0, y1, z), (x1, y1, z), (x1, y0, z)], role)

    def nose_rectangle(self, x0, x1, y0, y1, z, role):
        self.face([(x1, y0, z), (x1, y1, z), (x0, y1, z), (x0, y0, z)], role)

    def side_polygon(self, points, half, role):
        """The same polygon [(z, y), ...] (clockwise seen from the right) on both flanks."""
        self.face([(half, y, z) for z, y in points], role)
        self.face([(-half, y, z) for z, y in reversed(points)], role)

    def wheel(self, z, radius, half, role="tyre"):
        ring = [(z - radius * math.cos(a), radius + radius * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 9)[:-1]]
        self.side_polygon(ring, half, role)
        if role == "tyre":
            hub = [(z + 0.55 * (p - z), radius + 0.55 * (q - radius)) for p, q in ring[::2]]
            self.side_polygon(hub, half + 0.01, "hub")

    def finish(self):
        self.vertices = np.array(self.vertices, np.float32)
        for left_out in ((), ("hub", "plate", "trim"), ("hub", "plate", "trim", "tyre", "stripe")):
            faces = [face for face in self.faces if face[1] not in left_out]
            self.details.append((faces, np.array([numbers[:3] for numbers, _ in faces])))
        return self


@lru_cache(maxsize=256)
def car(shape, variant):
    """shape: hatch, sedan, estate, van, suv; variant: small whole number that varies the measures."""
    draw = np.random.default_rng([7, variant, sum(map(ord, shape))])
    k = draw.uniform(0.93, 1.07)
    base, belt, top = 0.24, 0.86 * k, 1.44 * k
    length = {"hatch": 3.8, "sedan": 4.5, "estate": 4.5, "van": 4.9, "suv": 4.5}[shape] * draw.uniform(0.94, 1.06)
    half = {"van": 0.97, "suv": 0.93}.get(shape, 0.86) * draw.uniform(0.96, 1.04)
    if shape == "suv":
        base, belt, top = 0.34, 1.02 * k, 1.72 * k
    if shape == "van":
        base, belt, top = 0.3, 1.1 * k, 1.95 * k
    hood = {"van": 0.75}.get(shape, 1.05) * draw.uniform(0.9, 1.1)
    trunk = {"sedan": 0.75}.get(shape, 0.05)
    rear = {"hatch": 0.45, "estate": 0.35, "van": 0.1, "suv": 0.3}.get(shape, 0.65)
    screen = draw.uniform(0.6, 0.85)
    nose_y, tail_y = belt * draw.uniform(0.74, 0.86), belt * (1.0 if trunk < 0.2 else 0.97)
    solid = Solid()
    solid.block(
        [(0.0, base), (0.0, tail_y), (trunk, belt), (length - hood, belt), (length - 0.08, nose_y), (length, base)],
        half,
        ["tail", "upper", None, "upper", "nose", None],
    )
    cabin = [(trunk, belt), (trunk + rear, top - 0.04), (trunk + rear + 0.3, top)]
    cabin += [(length - hood - screen - 0.35, top), (length - hood - screen, top - 0.06), (length - hood, belt)]
    lean = 0.22
    solid.block(cabin, half - 0.04, ["glass", "upper", "upper", "upper", "glass", None], lean / (top - belt))
    _windows(solid, cabin, half - 0.04, lean, belt, top, shape, draw)
    _ends(solid, length, half, base, belt, tail_y, nose_y, shape, draw)
    for z in (0.72, length - 0.78):
        solid.wheel(z, 0.36 if shape in ("suv", "van") else 0.31, half + 0.01)
    return solid.finish(), length


def _windows(solid, cabin, half, lean, belt, top, shape, draw):
    """Side windows between the pillars, on the tilted flanks of the cabin."""
    low, high = belt + 0.05, top - 0.13
    tilt = [half - lean * (y - belt) / (top - belt) + 0.006 for y in (low, high)]
    at = [(y - belt) / (top - belt) for y in (low, high)]
    back = [cabin[0][0] + t * (cabin[1][0] - cabin[0][0]) + 0.18 for t in at]
    front = [cabin[5][0] + t * (cabin[4][0] - cabin[5][0]) - 0.14 for t in at]
    if shape == "van" and draw.random() < 0.6:
        back = [front[0] - 1.1, front[1] - 0.8]
    cuts = np.linspace(0, 1, 3 if front[0] - back[0] > 1.4 else 2)
    for start, end in zip(cuts[:-1], cuts[1:], strict=True):
        start, end = start + 0.015, end - 0.015
        z = [[b + t * (f - b) for t in (start, end)] for b, f in zip(back, front, strict=True)]
        for sign in (1, -1):
            points = [(sign * tilt[0], low, z[0][0]), (sign * tilt[1], high, z[1][0])]
            points += [(sign * tilt[1], high, z[1][1]), (sign * tilt[0], low, z[0][1])]
            solid.face(points if sign > 0 else points[::-1], "glass")


def _ends(solid, length, half, base, belt, tail_y, nose_y, shape, draw):
    """Lights, plates, bumpers and the wheels seen from behind and in front."""
    e = 0.012
    lamp = draw.uniform(0.18, 0.3)
    low = draw.uniform(0.5, 0.62) * belt
    for sign in (-1, 1):
        x0, x1 = sorted((sign * half * 0.98, sign * (half - lamp)))
        solid.tail_rectangle(x0, x1, low, tail_y - 0.06, -e, "tail_light")
        solid.nose_rectangle(x0, x1, nose_y - 0.24, nose_y - 0.06, length + e, "head_light")
        x0, x1 = sorted((sign * half * 0.97, sign * (half - 0.2)))
        solid.tail_rectangle(x0, x1, 0.0, base, 0.3, "tyre")
        solid.nose_rectangle(x0, x1, 0.0, base, length - 0.35, "tyre")
    solid.tail_rectangle(-half, half, base, base + 0.2, -e, "trim")
    solid.nose_rectangle(-half, half, base, base + 0.17, length + e, "trim")
    solid.nose_rectangle(-half * 0.5, half * 0.5, nose_y - 0.22, nose_y - 0.1, length + e, "trim")
    solid.tail_rectangle(-0.26, 0.26, base + 0.26, base + 0.38, -e, "plate")
    solid.nose_rectangle(-0.26, 0.26, base + 0.1, base + 0.21, length + 2 * e, "plate")
    if shape == "van":
        solid.tail_rectangle(-half * 0.75, half * 0.75, belt + 0.1, belt + 0.6, -e, "glass")


@lru_cache(maxsize=64)
def truck(variant):
    """A lorry: cab and box, or a flat bed."""
    draw = np.random.default_rng([8, variant])
    length, half, top = draw.uniform(6.0, 10.0), draw.uniform(1.1, 1.27), draw.uniform(2.7, 3.9)
    cab = draw.uniform(1.7, 2.2)
    cab_top = min(top, draw.uniform(2.4, 3.1))
    solid = Solid()
    solid.block(
        [(0.3, 0.5), (0.3, 0.95), (length, 0.95), (length, 0.5)], half * 0.85, ["trim", None, "trim", None], side="trim"
    )
    if variant % 4 == 3:
        top = 1.5
    box = [(0.0, 0.95), (0.0, top), (length - cab - 0.15, top), (length - cab - 0.15, 0.95)]
    cab_block = [(length - cab, 0.45), (length - cab, cab_top), (length - 0.35, cab_top), (length, 1.5), (length, 0.45)]
    solid.block(box, half, ["cargo_tail", "cargo", "cargo", None], side="cargo")
    solid.block(cab_block, half * 0.97, ["upper", "upper", "glass", "nose", None], side="body")
    window = [(length - cab * 0.75, 1.45), (length - cab * 0.75, cab_top - 0.35)]
    window += [(length - 0.5, cab_top - 0.35), (length - 0.2, 1.45)]
    solid.side_polygon(window, half * 0.97 + 0.01, "glass")
    for z in (1.0, 2.0, length - 1.0):
        solid.wheel(z, 0.48, half * 0.98)
    for sign in (-1, 1):
        x0, x1 = sorted((sign * half * 0.9, sign * (half - 0.4)))
        solid.tail_rectangle(x0, x1, 0.0, 0.6, 0.6, "tyre")
        solid.nose_rectangle(x0, x1, 0.0, 0.5, length - 0.5, "tyre")
        solid.tail_rectangle(x0, x1, 0.7, 0.92, 0.28, "tail_light")
        solid.nose_rectangle(x0, x1, 0.7, 0.95, length + 0.01, "head_light")
    solid.tail_rectangle(-0.03, 0.03, 1.0, top - 0.1, -0.01, "trim")
    return solid.finish(), length


@lru_cache(maxsize=64)
def coach(kind, variant):
    """A bus (kind "bus") or one tram (kind "train"): a long box with a row of windows."""
    draw = np.random.default_rng([9, variant, len(kind)])
    train = kind == "train"
    length = draw.uniform(18.0, 30.0) if train else draw.uniform(9.0, 12.5)
    half = draw.uniform(1.2, 1.32)
    double = not train and variant % 3 == 0
    top = draw.uniform(4.1, 4.4) if double else draw.uniform(2.9, 3.4)
    nose = draw.uniform(0.4, 1.0) if train else 0.12
    base = 0.25 if train else 0.35
    solid = Solid()
    profile = [(0.0, base), (0.0, 1.2), (nose, top), (length - nose, top), (length, 1.2), (length, base)]
    solid.block(profile, half, ["tail", "tail", "upper", "nose", "nose", None], side="body")
    decks = ((1.25, 2.15), (2.75, 3.65)) if double else ((1.2, top - 0.65),)
    for low, high in decks:
        pane = draw.uniform(1.2, 2.2)
        for z in np.arange(nose + 0.35, length - nose - 1.2, pane):
            points = [(z, low), (z, high), (z + pane - 0.18, high), (z + pane - 0.18, low)]
            solid.side_polygon(points, half + 0.01, "glass")
        for end, rectangle in ((0.0, solid.tail_rectangle), (length, solid.nose_rectangle)):
            shift = nose * (low + high - 2.4) / 2 / (top - 1.2)
            z = end + shift - 0.06 if end == 0.0 else end - shift + 0.06
            rectangle(-half * 0.86, half * 0.86, low + (0.1 if end == 0.0 else -0.15), high, z, "glass")
    solid.side_polygon([(0.0, 0.75), (0.0, 1.0), (length, 1.0), (length, 0.75)], half + 0.012, "stripe")
    for z in (2.0, length - 2.6):
        solid.wheel(z, 0.33 if train else 0.48, half + 0.01, "trim" if train else "tyre")
    for sign in (-1, 1):
        x0, x1 = sorted((sign * half * 0.92, sign * (half - 0.3)))
        solid.tail_rectangle(x0, x1, 0.7, 1.0, -0.02, "tail_light")
        solid.nose_rectangle(x0, x1, 0.65, 0.9, length + 0.02, "head_light")
        solid.tail_rectangle(x0, x1, 0.0, base, 0.5, "tyre")
        solid.nose_rectangle(x0, x1, 0.0, base, length - 0.5, "tyre")
    solid.nose_rectangle(-half * 0.6, half * 0.6, top - 0.45, top - 0.15, length - nose * 0.8 + 0.03, "trim")
    return solid.finish(), length


def place_solid(solid, x, z, heading):
    """Vertices with the tail's middle at (x, z); heading in radians, 0 = away from the camera, pi = towards it."""
    c, s = math.cos(heading), math.sin(heading)
    turn = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]], np.float32)
    vertices = solid.vertices @ turn
    vertices[:, 0] += x
    vertices[:, 2] += z
    return vertices
