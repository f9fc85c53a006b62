"""Sky, sun, haze and weather of a street."""

import random
from dataclasses import dataclass

from keras_uda.world.layout import vary


@dataclass
class Light:
    """What shines on one street.

    gain: light per channel; sky: colours of zenith and horizon; clouds: their strength; cloud: their colour; fog,
    density: see Painter; shade: brightness of walls on the left and right, and of those that face the
    camera; line: height of the shadow of the opposite houses on walls in the sun; sun: metres that the shadow of one
    metre of height reaches to the left and ahead; shadow: what a shadow leaves of the light, 1 = no sun; bands: share
    of street pieces with a shadow across; glare: how far the sun blinds; wet: how much the ground mirrors and
    darkens; rain: it falls.
    """

    gain: tuple
    sky: tuple
    clouds: float
    cloud: tuple
    fog: tuple
    density: float
    shade: dict
    line: float
    sun: tuple
    shadow: float
    bands: float
    glare: float
    dusk: bool
    wet: float
    rain: bool

    def on_wall(self, side: int, height: float):
        """(low, high, brightness) of the parts of a wall: the shadow of the other side of the street below `line`."""
        if side * self.sun[0] > 0 or not 0 < self.line:
            return ((0.0, height, self.shade[side]),)
        line = min(self.line, height)
        dark = (0.0, line, self.shade[side] * self.shadow)
        return (dark,) if line == height else (dark, (line, height, self.shade[side]))


def draw_light(draw: random.Random, look) -> Light:
    """Draws sky, sun and haze."""
    weather = draw.choices(look.weathers, [weather.weight for weather in look.weathers])[0]
    top, bottom = draw.choice(weather.skies)
    sky = vary(draw, top, 0.06), vary(draw, bottom, 0.04)
    brightness = draw.uniform(*weather.brightness)
    warmth = draw.gauss(0, look.tint)
    gain = tuple(brightness * (1 + draw.gauss(0, look.tint * 0.3) + shift * warmth) for shift in (1.0, 0.1, -1.0))
    sun_side = draw.choice((-1, 1))
    height = draw.uniform(*weather.sun)
    sunny = draw.random() < weather.sunny
    ahead = draw.uniform(-1.0, 1.0) * height
    rain = draw.random() < look.lens.rain
    return Light(
        gain=gain,
        sky=sky,
        clouds=draw.uniform(*weather.clouds),
        cloud=vary(draw, draw.choice(weather.cloud), 0.06),
        fog=sky[1],
        density=draw.uniform(*look.haze) * draw.random(),
        shade=_shades(draw, sun_side, sunny, ahead),
        line=draw.uniform(0.5, 14) if sunny and draw.random() < 0.5 else 0.0,
        sun=(sun_side * draw.uniform(0.3, 1.0) * height, ahead),
        shadow=draw.uniform(*look.shadow) if sunny else 1.0,
        bands=draw.uniform(0, 0.6),
        glare=draw.uniform(*weather.glare) if sunny and ahead < 0 else 0.0,
        dusk=look.name == "street" and brightness < 0.5,
        wet=draw.uniform(0.3, 1.0) if rain or draw.random() < weather.wet else 0.0,
        rain=rain,
    )


def _shades(draw, sun_side, sunny, ahead):
    """Brightness of walls on each side and of those that face the camera; flat without sun."""
    flat = draw.random()
    if not sunny:
        return {sun_side: 0.85 + 0.1 * flat, -sun_side: 1.02, 0: draw.uniform(0.75, 1.0)}
    facing = draw.uniform(0.4, 0.8) if ahead < 0 else draw.uniform(0.8, 1.15)
    return {sun_side: 0.42 + 0.42 * flat, -sun_side: 1.22 - 0.15 * flat, 0: facing}
