"""What distinguishes the looks: ranges for layout, camera, materials, light, weather and lens.

A tuple of two numbers is a range; a float is a probability or a plain amount; colours are RGB 0..255.
"""

from dataclasses import dataclass
from dataclasses import field


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
    contrast: tuple
    shadow: tuple
    lens: dict = field(default_factory=dict)


SIM = Look(
    name="sim",
    elevation=(1.1, 2.2),
    focal=(0.62, 1.15),
    horizon=(0.36, 0.58),
    yaw=0.16,
    roll=0.03,
    curve=0.006,
    hill=0.0006,
    lane=(2.6, 3.9),
    lanes=(1, 1, 1, 1, 2, 2, 3),
    parking=0.4,
    pavement=(1.8, 6.5),
    setback=(0.0, 4.0),
    zones={"houses": 6, "park": 1.5, "wall": 1.1, "fence": 1.1, "hedge": 0.7, "lawn": 0.8},
    junction=0.16,
    floors=(1, 5),
    traffic=0.45,
    parked=0.55,
    people=0.8,
    cyclists=0.16,
    trees=0.42,
    lamps=0.6,
    signs=0.5,
    bare=0.3,
    variants=range(0, 8),
    fleet={"car": 16, "truck": 1.8, "bus": 1.8, "train": 1.0},
    facade=dict(
        relief=0.7,
        storey=(2.6, 3.5),
        bay=(1.8, 4.2),
        window_width=(0.35, 0.72),
        window_height=(0.4, 0.68),
        crossbars=0.45,
        frames=0.6,
        bands=0.5,
        blind=0.06,
        shops=0.5,
    ),
    walls=(
        (168, 98, 74),
        (196, 168, 128),
        (214, 206, 192),
        (150, 122, 96),
        (128, 128, 132),
        (206, 180, 140),
        (120, 70, 58),
        (232, 228, 218),
        (96, 92, 92),
        (180, 140, 110),
    ),
    glass=((40, 52, 66), (24, 28, 34), (90, 110, 130), (150, 165, 180)),
    leaves=((62, 104, 40), (84, 120, 50), (44, 84, 44), (110, 120, 50), (70, 76, 40)),
    grass=((88, 128, 58), (110, 134, 70), (120, 116, 70)),
    asphalt=(62, 140),
    paving=(96, 190),
    marking=(190, 250),
    coats=(
        (30, 30, 34),
        (60, 66, 84),
        (150, 40, 40),
        (40, 70, 130),
        (190, 180, 160),
        (90, 90, 90),
        (220, 220, 220),
        (70, 90, 60),
    ),
    paints=(
        (200, 202, 206),
        (36, 38, 42),
        (150, 28, 30),
        (40, 62, 132),
        (232, 232, 230),
        (96, 100, 106),
        (30, 84, 60),
        (140, 150, 160),
        (204, 150, 40),
        (60, 30, 34),
    ),
    ground_relief=(0.3, 1.1),
    skies=(
        ((96, 150, 222), (190, 216, 242)),
        ((140, 180, 228), (226, 236, 246)),
        ((214, 224, 234), (246, 248, 250)),
        ((240, 244, 248), (254, 254, 254)),
        ((150, 158, 168), (206, 210, 214)),
    ),
    clouds=(0.0, 0.7),
    brightness=(0.5, 1.2),
    tint=0.05,
    haze=(0.0, 0.0025),
    contrast=(0.9, 1.2),
    shadow=(0.45, 0.9),
    lens=dict(blur=(0.3, 0.7), noise=(0.0, 3.0), vignette=(0.0, 0.15), lift=(-8, 6)),
)

STREET = Look(
    name="street",
    elevation=(1.25, 1.7),
    focal=(0.78, 1.05),
    horizon=(0.40, 0.52),
    yaw=0.07,
    roll=0.015,
    curve=0.004,
    hill=0.0004,
    lane=(2.7, 3.3),
    lanes=(1, 1, 1, 2),
    parking=0.65,
    pavement=(1.8, 4.2),
    setback=(0.0, 2.0),
    zones={"houses": 8, "park": 1.2, "wall": 1.2, "fence": 1.0, "hedge": 0.8, "lawn": 0.4},
    junction=0.13,
    floors=(2, 4),
    traffic=0.55,
    parked=0.8,
    people=0.8,
    cyclists=0.2,
    trees=0.55,
    lamps=0.55,
    signs=0.55,
    bare=0.35,
    variants=range(8, 16),
    fleet={"car": 16, "truck": 2, "bus": 2, "train": 1.0},
    facade=dict(
        relief=1.5,
        storey=(2.9, 3.9),
        bay=(2.2, 3.4),
        window_width=(0.34, 0.5),
        window_height=(0.5, 0.7),
        crossbars=0.8,
        frames=0.85,
        bands=0.7,
        blind=0.03,
        shops=0.6,
    ),
    walls=(
        (142, 112, 88),
        (170, 160, 140),
        (122, 84, 66),
        (186, 176, 150),
        (110, 104, 98),
        (150, 134, 122),
        (90, 78, 72),
        (196, 190, 180),
    ),
    glass=((30, 34, 40), (52, 58, 62), (84, 90, 94)),
    leaves=((58, 72, 36), (72, 78, 44), (46, 60, 38), (92, 84, 40), (112, 88, 42)),
    grass=((84, 96, 56), (104, 100, 68), (92, 84, 60)),
    asphalt=(70, 122),
    paving=(104, 160),
    marking=(150, 220),
    coats=(
        (24, 24, 28),
        (44, 46, 58),
        (90, 40, 40),
        (40, 50, 76),
        (130, 120, 104),
        (70, 70, 72),
        (170, 168, 160),
        (52, 60, 44),
    ),
    paints=(
        (150, 152, 156),
        (26, 28, 32),
        (104, 30, 32),
        (36, 50, 88),
        (196, 196, 192),
        (84, 88, 94),
        (32, 58, 50),
        (112, 118, 124),
    ),
    ground_relief=(0.8, 1.7),
    skies=(
        ((170, 178, 186), (206, 208, 206)),
        ((120, 132, 150), (190, 188, 180)),
        ((226, 228, 228), (244, 242, 238)),
        ((74, 84, 112), (206, 150, 110)),
        ((110, 150, 196), (210, 218, 220)),
    ),
    clouds=(0.2, 1.0),
    brightness=(0.36, 1.1),
    tint=0.12,
    haze=(0.0, 0.012),
    contrast=(0.58, 1.02),
    shadow=(0.4, 0.85),
    lens=dict(blur=(0.5, 1.1), noise=(3.0, 11.0), vignette=(0.15, 0.6), lift=(-10, 26), rain=0.3, jpeg=(38, 85)),
)

LOOKS = {"sim": SIM, "street": STREET, "drive": STREET}
