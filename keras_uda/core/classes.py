"""Class names, their colours, and how ids or colours of label files become train ids."""

import colorsys
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

import numpy as np

IGNORE = 255
TRAIN_IDS = "train ids"  # name of the class map of files that hold them
CITYSCAPES = (
    "road",
    "sidewalk",
    "building",
    "wall",
    "fence",
    "pole",
    "traffic light",
    "traffic sign",
    "vegetation",
    "terrain",
    "sky",
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "train",
    "motorcycle",
    "bicycle",
)
# Things are what can be counted, without the poles: Hoyer et al., DAFormer, CVPR 2022, section 3.3.
THINGS = (*CITYSCAPES[6:8], *CITYSCAPES[11:])  # traffic light, traffic sign; person to bicycle
NOT_IN_16 = ("terrain", "truck", "train")
NOT_IN_13 = (*NOT_IN_16, "wall", "fence", "pole")
CITYSCAPES_16 = tuple(name for name in CITYSCAPES if name not in NOT_IN_16)
CITYSCAPES_13 = tuple(name for name in CITYSCAPES if name not in NOT_IN_13)
# Source: Cordts et al., Cityscapes, https://github.com/mcordts/cityscapesScripts (labels.py)
COLOURS = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "pole": (153, 153, 153),
    "traffic light": (250, 170, 30),
    "traffic sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "train": (0, 80, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
}
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class ClassMap:
    """What the ids or colours of label files mean.

    Args:
        name: for messages.
        ids: id -> class name.
        colours: RGB -> class name.
        ignored_ids: ids that are known and not trained on.
        ignored_colours: colours that are known and not trained on.
        unknown: `refuse`, or `ignore` for ids and colours that are not listed.
        channel: `any`, or `first` where 8-bit colour files hold the id in their first channel (raw CARLA camera).
        objects: what polygon files call an object -> its id; None: it is not drawn.
    """

    name: str
    ids: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[Colour, str] = field(default_factory=dict)
    ignored_ids: frozenset[int] = frozenset()
    ignored_colours: frozenset[Colour] = frozenset()
    unknown: str = "refuse"
    channel: str = "any"
    objects: Mapping[str, int | None] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The class names that the map can produce, without repeats."""
        return list(dict.fromkeys([*self.ids.values(), *self.colours.values()]))


def check_classes(classes: object, colours: object) -> None:
    """Raises `ValueError` unless these are the names and the palette of a model; for what files and servers say."""
    names = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
    if not names or not 0 < len(set(classes)) == len(classes) <= IGNORE:
        raise ValueError(f"classes must be a list of at most {IGNORE} different names")
    "".join(classes).encode()  # half a character, as JSON can hold it, fits into no file
    fits = isinstance(colours, list) and len(colours) == len(classes)
    if not fits or not all(_is_colour(colour) for colour in colours):
        raise ValueError("palette must hold one [r, g, b] of 0..255 for each class")


def _is_colour(colour: object) -> bool:
    return isinstance(colour, list) and len(colour) == 3 and all(type(v) is int and 0 <= v <= 255 for v in colour)


def train_ids(classes: Sequence[str]) -> ClassMap:
    """The map of files that hold train ids of `classes` already, 255 for ignore."""
    return ClassMap(TRAIN_IDS, ids=dict(enumerate(classes)), ignored_ids=frozenset([IGNORE]))


def train_id(name: str, classes: Sequence[str]) -> int:
    """Position of a class, IGNORE where it is not trained."""
    return classes.index(name) if name in classes else IGNORE


def id_lookup(class_map: ClassMap, classes: Sequence[str]) -> np.ndarray:
    """uint8 (256,): id of the map -> train id of `classes`; ids that it does not name become IGNORE."""
    table = np.full(256, IGNORE, np.uint8)
    for value, name in class_map.ids.items():
        table[value] = train_id(name, classes)
    return table


def palette(classes: Sequence[str]) -> np.ndarray:
    """uint8 (len(classes), 3): known names keep their colour, others get distinct ones in a fixed order."""
    colours: list[Colour] = []
    taken = {COLOURS[name] for name in classes if name in COLOURS}
    candidates = (_spread_colour(number) for number in range(10 * len(classes) + 10))
    for name in classes:
        colour = COLOURS.get(name) or next(c for c in candidates if c not in taken)
        taken.add(colour)
        colours.append(colour)
    return np.array(colours, np.uint8).reshape(-1, 3)


def _spread_colour(number: int) -> Colour:
    # Hues in steps of the golden angle never come close to each other soon; brightness alternates.
    hue, value = (number * 0.381966 + 0.12) % 1.0, (1.0, 0.75, 0.55)[number % 3]
    return tuple(round(255 * channel) for channel in colorsys.hsv_to_rgb(hue, 0.65, value))


def colourise(label: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """uint8 (..., 3) RGB picture of a map of train ids; IGNORE is black."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(classes)] = palette(classes)
    return table[label]
