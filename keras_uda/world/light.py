"""Sky, sun, haze and weather of a street."""

import random
from dataclasses import dataclass

from keras_uda.world.layout import vary


@dataclass
class Light:
    """gain: light per channel; fog, density: see Painter; shade: brightness of walls facing left, right, the camera."""

    gain: tuple
    sky: tuple
    clouds: float
    fog: tuple
    density: float
    shade: dict
    sun: tuple
    shadow: float
    dusk: bool
    wet: bool


def draw_light(draw: random.Random, look) -> Light:
    """Draws sky, sun and haze."""
    number = draw.randrange(len(look.skies))
    top, bottom = look.skies[number]
    sky = vary(draw, top, 0.08), vary(draw, bottom, 0.05)
    brightness = draw.uniform(*look.brightness)
    gain = tuple(brightness * (1 + draw.gauss(0, look.tint)) for _ in range(3))
    sun_side = draw.choice((-1, 1))
    flat = draw.random()
    return Light(
        gain=gain,
        sky=sky,
        clouds=draw.uniform(*look.clouds),
        fog=sky[1],
        density=draw.uniform(*look.haze) * draw.random(),
        shade={sun_side: 0.62 + 0.3 * flat, -sun_side: 1.12 - 0.1 * flat, 0: draw.uniform(0.7, 1.0)},
        sun=(sun_side * draw.uniform(0.2, 2.0), draw.uniform(-1.0, 1.0)),
        shadow=draw.uniform(*look.shadow) if draw.random() < 0.65 else 1.0,
        dusk=look.name == "street" and brightness < 0.5,
        wet=draw.random() < look.lens.rain,
    )
