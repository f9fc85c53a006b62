"""Where the camera of a street is and how it looks."""

import random

from keras_uda.world.camera import Camera
from keras_uda.world.layout import Layout


def draw_camera(draw: random.Random, look, size, layout: Layout, bend: float = 0.0) -> Camera:
    """Draws the camera of one street: mostly in a lane of its direction, straight ahead, at the height of a car."""
    width, height = size
    yaw = draw.gauss(0, look.yaw / 2.5)
    if draw.random() < look.turning:
        yaw += draw.choice((-1, 1)) * draw.uniform(0.1, 0.45)
    return Camera(
        width=width,
        height=height,
        focal=about(draw, look.focal, 0.4) * width,
        centre_x=width * draw.uniform(0.42, 0.58),
        horizon=height * about(draw, look.horizon, 0.5),
        elevation=about(draw, look.elevation, 0.25),
        lateral=_lateral(draw, look, layout),
        yaw=yaw,
        roll=draw.gauss(0, look.roll / 2),
        curve=draw.gauss(0, look.curve / 2) + bend,
        hill=draw.gauss(0, look.hill / 2),
    )


def about(draw: random.Random, limits: tuple, mode: float) -> float:
    """A draw between two limits: a third evenly, the others close to the share `mode` of the way."""
    low, high = limits
    if draw.random() < 0.3:
        return draw.uniform(low, high)
    return min(max(low + draw.gauss(mode, 0.1) * (high - low), low), high)


def _lateral(draw, look, layout):
    """In a lane of its direction; or, with the look's probability, anywhere up to the kerb and a metre beyond."""
    x, _ = draw.choice([item for item in layout.lanes if item[1] == 1])
    if draw.random() < look.astray:
        return draw.uniform(-layout.edge[-1] - 1.0, layout.edge[1] + 1.0)
    return x + draw.uniform(-0.6, 0.6)
