"""Where the camera of a street is and how it looks."""

import random

from keras_uda.world.camera import Camera
from keras_uda.world.layout import Layout


def draw_camera(draw: random.Random, look, size, layout: Layout, bend: float = 0.0) -> Camera:
    """Draws the camera of one street, in one of the lanes of its direction."""
    width, height = size
    x, _ = draw.choice([item for item in layout.lanes if item[1] == 1])
    return Camera(
        width=width,
        height=height,
        focal=draw.uniform(*look.focal) * width,
        centre_x=width * draw.uniform(0.44, 0.56),
        horizon=height * draw.uniform(*look.horizon),
        elevation=draw.uniform(*look.elevation),
        lateral=x + draw.uniform(-0.5, 0.5),
        yaw=draw.gauss(0, look.yaw / 2.5),
        roll=draw.gauss(0, look.roll / 2),
        curve=draw.gauss(0, look.curve / 2) + bend,
        hill=draw.gauss(0, look.hill / 2),
    )
