"""What distinguishes the looks: ranges for layout, camera, materials, light, weather and lens.

A tuple of two numbers is a range; a float is a probability or a plain amount; colours are RGB 0..255.
"""

from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True)
class Lens:
    """What the camera does to the picture; see `film.tone_curve` for contrast, curve, exposure and lift."""

    saturation: tuple
    contrast: tuple
    curve: tuple
    exposure: tuple
    meter: tuple  # mean that automatic exposure aims at; empty = none
    lift: tuple
    clipped: float  # probability that the sky is too bright for the sensor
    blur: tuple  # pixels at a height of 192
    noise: tuple  # standard deviation
    vignette: tuple
    rain: float
    drops: float  # probabilities of drops, dirt and reflections on the windscreen
    dirt: float
    reflection: float
    jpeg: tuple  # quality; empty = never
    packed: float  # probability of JPEG


@dataclass(frozen=True)
class Weather:
    """One kind of day; see `light.Light`."""

    weight: float
    skies: tuple  # pairs of colours: zenith, horizon
    cloud: tuple  # colours
    clouds: tuple
    brightness: tuple
    sunny: float
    sun: tuple  # metres that the shadow of one metre of height reaches
    glare: tuple
    wet: float


@dataclass(frozen=True)
class Season:
    """One season; shares of bare and sparse trees are ranges, litter is the probability of leaves on the ground."""

    weight: float
    leaves: tuple
    grass: tuple
    bare: tuple
    sparse: tuple
    litter: float
    paving: tuple = ()  # snow lies on pavement and road; empty = none
    asphalt: tuple = ()


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
    turning: float  # probability of a large yaw
    astray: float  # probability of a place outside the lanes
    bonnet: float  # share of streets with the own car in the picture
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
    avenue: float
    climbing: float  # probability of leaves on the wall of a house
    variants: range
    fleet: dict
    # Materials.
    facade: dict
    walls: tuple
    glass: tuple
    asphalt: tuple
    paving: tuple
    marking: tuple
    coats: tuple
    paints: tuple
    ground_relief: tuple
    roughness: tuple  # low, high, most frequent; see `surfaces`
    # Light and lens.
    weathers: tuple
    tint: float
    haze: tuple
    shadow: tuple
    lens: Lens
    # Plants: seasons to draw from, then what `season.dress` drew of them (a summer until then).
    seasons: tuple
    leaf_chroma: tuple
    leaf_brightness: tuple
    leaf_contrast: tuple
    evergreen: float
    evergreens: tuple
    bark: tuple
    leaves: tuple = ((62, 104, 40), (84, 120, 50))
    grass: tuple = ((88, 128, 58),)
    bare: float = 0.0
    sparse: float = 0.0
    litter: float = 0.0
    foliage: float = 0.5
    # What a type of street sets, see `streets`. Shares: of unpaved ground beside the road, of one-way streets.
    verge: float = 0.45
    one_way: float = 0.0
    median: tuple = ()  # metres between the carriageways
    barriers: bool = False
    # Weights of what closes the view ahead and above, and of what bounds the gardens before houses.
    ahead: dict = field(default_factory=dict)
    overhead: dict = field(default_factory=dict)
    fronts: dict = field(default_factory=dict)
    # Probabilities: a junction around the camera, lights at a junction, people on a piece of road, awnings and goods of
    # a shop, road works and clutter on a piece of pavement, parking at an angle or half on the pavement, gantries.
    inside: float = 0.0
    signals: float = 0.75
    crossers: float = 0.1
    awnings: float = 0.12
    goods: float = 0.1
    works: float = 0.03
    clutter: float = 0.35
    angled: float = 0.1
    on_pavement: float = 0.15
    gantries: float = 0.02
