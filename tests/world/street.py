"""A street of known measures to draw things in, one at a time."""

import random

import numpy as np

from keras_uda.world.appearance import LOOKS
from keras_uda.world.atlas import atlas
from keras_uda.world.camera import Camera
from keras_uda.world.layout import draw_layout
from keras_uda.world.light import draw_light
from keras_uda.world.painter import Painter
from keras_uda.world.scene import Scene

NOTHING = 255


def camera(**changes) -> Camera:
    measures = dict(width=80, height=60, focal=70.0, centre_x=41.0, horizon=24.0, elevation=1.5, lateral=0.4)
    return Camera(**(measures | changes))


def painter(**changes) -> Painter:
    """160x120 of a wide lens, straight ahead from the middle of the road, without haze; nothing is drawn yet."""
    measures = dict(width=160, height=120, focal=60.0, centre_x=80.0, horizon=60.0, lateral=0.0)
    empty = Painter(camera(**(measures | changes)), (1.0, 1.0, 1.0), (200, 210, 220), 0.0)
    empty.canvas[:] = (1, 2, 3, NOTHING)
    return empty


def scene(look: str = "sim", seed: str = "a street", travelled: float = 0.0, time: float = 0.0) -> Scene:
    """An empty scene of a drawn street."""
    draw, style = random.Random(seed), LOOKS[look]
    layout = draw_layout(draw, style)
    return Scene(seed, layout, style, atlas(look), draw_light(draw, style), travelled, time)


def draw_things(view: Painter, street: Scene) -> np.ndarray:
    """Draws the things of a scene from far to near; the classes of all pixels."""
    for _, draw_function, properties in sorted(street.things, key=lambda thing: -thing[0]):
        draw_function(view, street.atlas, street.light, properties)
    return classes_of(view)


def classes_of(view: Painter) -> np.ndarray:
    return view.canvas[..., 3]


def share(view: Painter, train_id: int) -> float:
    return float(np.mean(classes_of(view) == train_id))
