"""What distinguishes the looks: ranges for layout, camera, materials, light, weather and lens.

A tuple of two numbers is a range; a float is a probability or a plain amount; colours are RGB 0..255.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lens:
    """What the camera does to the picture; see `film.tone_curve` for contrast, curve, exposure and lift."""

    saturation: tuple
    contrast: tuple
    curve: tuple
    exposure: tuple
    lift: tuple
    blur: tuple  # pixels at a height of 192
    noise: tuple  # standard deviation
    vignette: tuple
    rain: float
    jpeg: tuple  # quality; empty = never


@dataclass(frozen=True)
class Look:
    """One look of the world; every value is drawn per scene."""

    name: str
    # Camera: metres, pixels per image width, share of the image height, tangents.
    elevation: tuple
    focal: tuple
    horizon: tuple
    yaw: float
    roll: float
    curve: float
    hill: float
    # Layout: metres and weights of what stands along the road.
    lane: tuple
    lanes: tuple
    parking: float
    pavement: tuple
    setback: tuple
    zones: dict
    junction: float
    floors: tuple
    # Objects: expected numbers per 20 m of road and side, or probabilities.
    traffic: float
    parked: float
    people: float
    cyclists: float
    trees: float
    lamps: float
    signs: float
    bare: float
    variants: range
    fleet: dict
    # Materials.
    facade: dict
    walls: tuple
    glass: tuple
    leaves: tuple
    grass: tuple
    asphalt: tuple
    paving: tuple
    marking: tuple
    coats: tuple
    paints: tuple
    ground_relief: tuple
    # Light and lens.
    skies: tuple
    clouds: tuple
    brightness: tuple
    tint: float
    haze: tuple
    shadow: tuple
    lens: Lens
