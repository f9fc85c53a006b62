"""What a label file says of its own meaning beside its values: the colours of its palette, and what is transparent.

A contradiction between that and the class map is refused with both readings; see `checked_palette`, `refuse_hidden`.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import Colour
from keras_uda.data.formats.class_map import shipped_map
from keras_uda.data.formats.class_map import shipped_names
from keras_uda.data.formats.images import Header
from keras_uda.data.formats.images import bad_image

NEAR = 8  # of each channel: what tools that reduce colours change
ENOUGH = 0.9  # of the pixels: then a palette was made of the colours of the classes
IGNORED, UNKNOWN = "ignored", "unknown"
BLACK = (0, 0, 0)
MOST_COLOURS = 256


class Readings(NamedTuple):
    """Two readings of a palette file, of the pixels whose palette entry is a colour of the class map.

    Args:
        by_colour, by_index: names of classes, most pixels first; "ignored" and "unknown" are among them.
        share: of the pixels that have such a colour.
        certain: exact colours, or several that are near.
    """

    by_colour: list[str]
    by_index: list[str]
    share: float
    certain: bool

    @property
    def contradict(self) -> bool:
        return self.certain and self.by_colour != self.by_index

    def __str__(self) -> str:
        shown, said = (" and ".join(dict.fromkeys(names)) for names in (self.by_colour, self.by_index))
        return f"the palette shows {shown}, the indices say {said}"


class Palette(NamedTuple):
    """Colours that mean classes: RGB -> name or "ignored", and how many of the classes have to be seen."""

    names: dict[Colour, str]
    fewest: int


def palettes_for(class_map: ClassMap) -> Iterator[Palette]:
    """The colours of the map; those of Cityscapes, and of every shipped map, for the classes that it names."""
    own = dict(class_map.colours) | {colour: IGNORED for colour in class_map.ignored_colours}
    if class_map.colours:
        yield Palette(own, 1)
    meant = set(class_map.names())
    for colours in _shipped_colours().values():
        names = {colour: name for colour, name in colours.items() if name in meant or name == IGNORED}
        yield Palette(names | {BLACK: IGNORED}, 2)  # nobody said that these are the colours of the file


@functools.cache
def _shipped_colours() -> dict[str, dict[Colour, str]]:
    """Name of a shipped map -> its colours; Cityscapes comes first, as others have taken its colours."""
    maps = {name: shipped_map(name) for name in ("cityscapes", *shipped_names())}
    return {
        name: dict(one.colours) | {colour: IGNORED for colour in one.ignored_colours}
        for name, one in maps.items()
        if one.colours
    }


def maps_of_colours(colours: np.ndarray) -> list[str]:
    """Shipped maps that know all colours of uint8 (..., 3)."""
    packed = colours.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    found = np.unique(packed).tolist()
    if len(found) > MOST_COLOURS:
        return []
    used = {(code >> 16, code >> 8 & 255, code & 255) for code in found}
    return [name for name, known in _shipped_colours().items() if used <= known.keys()]


def palette_readings(indices: np.ndarray, colours: np.ndarray, class_map: ClassMap) -> Readings | None:
    """What the palette of a label shows, and what its indices mean in the class map.

    Args:
        indices: uint8, pixels that count.
        colours: uint8 (n,3), the palette.
        class_map: of the file.
    Returns:
        By the first palette that explains the file; else by the colours of the map, if it has any.
    """
    first = None
    for number, palette in enumerate(palettes_for(class_map)):
        readings = _readings(indices, colours, class_map, palette)
        if readings.certain and readings.share >= ENOUGH:
            return readings
        first = readings if number == 0 and class_map.colours else first
    return first


def _readings(indices: np.ndarray, colours: np.ndarray, class_map: ClassMap, palette: Palette) -> Readings:
    names = palette.names
    counts = np.bincount(indices.ravel(), minlength=256)
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    entries = {index: tuple(colours[index].tolist()) for index in order.tolist() if index < len(colours)}
    found = {index: _nearest(colour, names) for index, colour in entries.items()}
    exact = {names[colour] for colour in entries.values() if colour in names} - {IGNORED}
    # Several colours are exact, so no tool reduced them: what is only near is the colour of something else.
    kept = [i for i, colour in found.items() if colour is not None and (len(exact) < 2 or colour == entries[i])]
    near = {names[found[index]] for index in kept} - {IGNORED}
    certain = len(exact) >= palette.fewest or (palette.fewest == 1 and len(exact | near) >= 2)
    pixels = sum(int(counts[index]) for index in kept)
    by_colour, by_index = [names[found[index]] for index in kept], [_meaning(index, class_map) for index in kept]
    return Readings(by_colour, by_index, pixels / max(1, indices.size), certain)


def _nearest(colour: Colour, names: dict[Colour, str]) -> Colour | None:
    if colour in names:
        return colour
    distances = {known: max(abs(a - b) for a, b in zip(colour, known, strict=True)) for known in names}
    best = min(distances, key=distances.get, default=None)
    return best if best is not None and distances[best] <= NEAR else None


def _meaning(index: int, class_map: ClassMap) -> str:
    return class_map.ids.get(index, IGNORED if index in class_map.ignored_ids else UNKNOWN)


def says_nothing(colours: np.ndarray) -> bool:
    """A palette that tools put under any indices: a ramp of greys, or that of Pascal VOC."""
    numbers = np.arange(len(colours))
    ramp = (colours == numbers[:, None].astype(np.uint8)).all()
    voc = np.zeros((len(colours), 3), np.uint8)  # bits of the number, spread over the channels from the highest down
    for bit in range(8):
        for channel in range(3):
            voc[:, channel] |= ((numbers >> (3 * bit + channel) & 1) << (7 - bit)).astype(np.uint8)
    return bool(ramp or (colours == voc).all())


def checked_palette(indices: np.ndarray, colours: np.ndarray, class_map: ClassMap, path: object) -> Readings | None:
    """The readings of a palette file; refused if its colours are those of classes in another order than its indices.

    Returns:
        None for a palette that says nothing.
    """
    if says_nothing(colours):
        return None
    readings = palette_readings(indices, colours, class_map)
    if readings is not None and readings.contradict and readings.share >= ENOUGH:
        what = f"{readings} in class map `{class_map.name}`; saved as RGB it is read by colours, as grey by indices"
        raise bad_image(path, what, "Save it as what it is")
    return readings


def palette_of(image: Image.Image) -> np.ndarray:
    """uint8 (n,3): the colours that the file stores."""
    return np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)


def transparent(image: Image.Image, head: Header, raw: np.ndarray) -> np.ndarray | None:
    """bool (H,W): pixels that a viewer does not show; None where all are shown.

    Args:
        image: decoded, in the mode of the file.
        head: of the file.
        raw: (H,W) ids or (H,W,3) colours of it.
    """
    noted = image.info.get("transparency")
    if head.channels == 4:
        clear = np.asarray(image)[..., 3] == 0
    elif noted is None or (head.bits == 16 and head.channels > 1):
        return None
    elif head.palette:
        opacity = np.full(256, 255, np.uint8)
        entries = np.frombuffer(noted, np.uint8) if isinstance(noted, bytes) else None
        opacity[: 256 if entries is None else len(entries)] = 255 if entries is None else entries
        if entries is None:
            opacity[noted] = 0
        clear = opacity[raw] == 0
    else:
        clear = raw == np.asarray(noted) if raw.ndim == 2 else (raw == np.asarray(noted)).all(axis=-1)
    return clear if clear.any() else None


def refuse_hidden(label: np.ndarray, clear: np.ndarray, classes: tuple[str, ...], path: object) -> None:
    """Refuses a file whose transparent pixels hold several classes: then the alpha channel is not what it seems.

    Args:
        label: train ids as if nothing were transparent.
        clear: bool (H,W), transparent pixels.
    """
    hidden = [classes[value] for value in np.unique(label[clear]) if value < len(classes)]
    if len(hidden) > 1:
        share, names = f"{clear.mean():.0%} of the pixels", " and ".join(hidden[:4])
        what = f"{share} are transparent, so of no class, but their values say {names}; saved without alpha they count"
        raise bad_image(path, what, "Save it as what it is")


def turned_apart(orientation: int, label_orientation: int, size: tuple[int, int]) -> str | None:
    """Why an image that viewers turn and its label may not fit, though their sizes do; None where nothing is in doubt.

    Args:
        orientation, label_orientation: of EXIF, 1 to 8.
        size: (width, height) of both as stored. A quarter turn would change it, unless it is square.
    """
    noted = orientation if orientation != 1 else label_orientation
    if orientation == label_orientation or (noted > 4 and size[0] != size[1]):
        return None
    turn = {2: "mirrored", 3: "half a turn", 4: "mirrored"}.get(noted, "a quarter turn")
    of, other = ("image", "label") if orientation != 1 else ("label", "image")
    return (
        f"the {of} has EXIF orientation {noted} ({turn}), the {other} has not: it fits the {of} as stored or as "
        f"viewers show it; save the {of} upright, or take the tag out if they fit as stored"
    )
