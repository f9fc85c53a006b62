"""The one reader of label files: exact ids for every form that people have, or a refusal that names the ids.

| form of the PNG | read as |
|---|---|
| palette | the indices, the colours if the map has no ids; refused where colours of classes say another thing |
| grey of 1 to 16 bits | the values |
| RGB or RGBA, 8 bits | colours through the class map; equal channels as grey; first channel if the map says so |
| RGB of 16 bits | the first channel (SYNTHIA: class id; the second channel is the instance) |

Transparent pixels are of no class in every form.
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import TRAIN_IDS
from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import train_id
from keras_uda.data.formats.evidence import Readings
from keras_uda.data.formats.evidence import checked_palette
from keras_uda.data.formats.evidence import maps_of_colours
from keras_uda.data.formats.evidence import palette_of
from keras_uda.data.formats.evidence import refuse_hidden
from keras_uda.data.formats.evidence import transparent
from keras_uda.data.formats.images import Header
from keras_uda.data.formats.images import bad_image
from keras_uda.data.formats.images import decode
from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.formats.polygons import draw_polygons
from keras_uda.data.formats.polygons import is_polygons
from keras_uda.data.formats.polygons import read_polygons

UNKNOWN = 254  # in lookup tables only; there are at most 254 classes
SHOWN_IDS = 8


class RawLabel(NamedTuple):
    """A label file before its values are given a meaning.

    Args:
        values: (H,W) ids or uint8 (H,W,3) colours.
        clear: bool (H,W), transparent pixels; None where there are none.
        readings: of a palette file, what its colours show and its indices say.
    """

    values: np.ndarray
    clear: np.ndarray | None = None
    readings: Readings | None = None


def read_label(path: Path | str, class_map: ClassMap, classes: Sequence[str]) -> np.ndarray:
    """A label file as uint8 (H,W) train ids of `classes`, 255 = ignore.

    Raises:
        DataError: damaged, of a form that has no exact reading, with ids or colours that the map does not know, or
            with a palette or an alpha channel that contradicts its ids.
    """
    return to_train_ids(open_label(path, class_map), class_map, classes, path)


def open_label(path: Path | str, class_map: ClassMap) -> RawLabel:
    """The values of a label file, as `read_label` gives them their meaning."""
    if is_polygons(path):
        return RawLabel(draw_polygons(read_polygons(path), class_map, path))
    content = read_bytes(path)
    head = header(content, path)
    if head.kind != "PNG":
        why = "are not exact" if head.kind in ("JPEG", "WEBP") else "are not read"
        raise bad_image(path, f"labels as {head.kind} {why}", "Save labels as PNG")
    if head.channels == 2:
        raise bad_image(path, "grey with alpha is not a label", "Save labels as 8-bit grey PNG")
    image = decode(content, path)  # OpenCV returns half a picture without a word, Pillow refuses it
    values = _values(image, content, head, path)
    clear = transparent(image, head, values)
    if not head.palette:
        return RawLabel(values, clear)
    colours, shown = palette_of(image), values if clear is None else values[~clear]
    if not class_map.ids and class_map.colours and values.max() < len(colours):
        return RawLabel(colours[values], clear)
    return RawLabel(values, clear, checked_palette(shown, colours, class_map, path))


def _values(image: Image.Image, content: bytes, head: Header, path: object) -> np.ndarray:
    """(H,W) ids or uint8 (H,W,3) colours."""
    if head.bits == 16 and head.channels > 1:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        if pixels is None or pixels.dtype != np.uint16:
            raise bad_image(path, "16-bit colour PNG that cannot be decoded")
        return pixels[..., 2]  # OpenCV has BGR order
    if head.palette or head.bits == 16:
        return np.asarray(image)
    if head.channels == 1:
        # Pillow spreads 1, 2 and 4 bits over 0..255.
        return np.asarray(image.convert("L")) // (255 // (2**head.bits - 1))
    return np.asarray(image)[..., :3]


def to_train_ids(opened: RawLabel, class_map: ClassMap, classes: Sequence[str], path: object) -> np.ndarray:
    """uint8 (H,W) train ids of `classes`; transparent pixels are ignored."""
    raw, clear, classes = opened.values, opened.clear, tuple(classes)
    if raw.ndim == 3:
        raw = _without_colour(raw, clear, class_map, path)
    if raw.ndim == 3:
        codes = raw[..., 0].astype(np.uint32) << 16 | raw[..., 1].astype(np.uint32) << 8 | raw[..., 2]
        label = _colour_table(_key(class_map), classes)[codes]
    else:
        codes = raw.astype(np.uint32)
        label = _id_table(_key(class_map), classes)[codes]
    if clear is not None:
        refuse_hidden(label, clear, classes, path)
        label[clear] = IGNORE
    unknown = label == UNKNOWN
    if unknown.any():
        if class_map.unknown == "refuse":
            raise _unknown(codes[unknown], raw, class_map, path)
        label[unknown] = IGNORE
    return label


def _without_colour(raw: np.ndarray, clear: np.ndarray | None, class_map: ClassMap, path: object) -> np.ndarray:
    """Ids where a colour file holds ids, else the colours; what is transparent does not count."""
    shown = raw.reshape(-1, 3) if clear is None else raw[~clear]
    if class_map.channel == "first" and not shown[:, 1:].any():
        return raw[..., 0]
    grey = (shown[:, 0] == shown[:, 1]).all() and (shown[:, 0] == shown[:, 2]).all()
    if class_map.colours:
        return raw[..., 0] if grey and _are_ids(shown[:, 0], class_map) else raw
    if grey:
        return raw[..., 0]
    remedy = _maps_of(shown) or "Give a class map with colours (`classes: {road: ['#804080']}`), or labels with ids"
    raise bad_image(path, "a colour picture, but the class map has ids only", remedy)


def _are_ids(values: np.ndarray, class_map: ClassMap) -> bool:
    """Greys that are ids of the map, and not all of them its colours."""
    found = np.unique(values).tolist()
    greys = {colour[0] for colour in (*class_map.colours, *class_map.ignored_colours) if len(set(colour)) == 1}
    return set(found) <= {*class_map.ids, *class_map.ignored_ids} and not set(found) <= greys


def _key(class_map: ClassMap) -> tuple:
    parts = class_map.ids, class_map.colours
    return (*(tuple(part.items()) for part in parts), class_map.ignored_ids, class_map.ignored_colours)


@functools.lru_cache(maxsize=8)
def _id_table(key: tuple, classes: tuple[str, ...]) -> np.ndarray:
    ids, _, ignored, _ = key
    table = np.full(2**16, UNKNOWN, np.uint8)
    table[sorted(ignored)] = IGNORE
    for value, name in ids:
        table[value] = train_id(name, classes)
    return table


@functools.lru_cache(maxsize=2)
def _colour_table(key: tuple, classes: tuple[str, ...]) -> np.ndarray:
    _, colours, _, ignored = key
    table = np.full(2**24, UNKNOWN, np.uint8)
    for (red, green, blue), name in [*colours, *((colour, None) for colour in ignored)]:
        table[red << 16 | green << 8 | blue] = train_id(name, classes)
    return table


def _unknown(codes: np.ndarray, raw: np.ndarray, class_map: ClassMap, path: object) -> Exception:
    values, counts = np.unique(codes, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:SHOWN_IDS]
    form = "#{:06x}" if raw.ndim == 3 else "{}"
    listed = ", ".join(f"{form.format(values[i])} ({counts[i]} px)" for i in order)
    more = f" and {len(values) - SHOWN_IDS} more" if len(values) > SHOWN_IDS else ""
    kind = "colours" if raw.ndim == 3 else "ids"
    what = f"{kind} {listed}{more} not in class map `{class_map.name}`"
    return bad_image(
        path,
        what,
        _too_few_classes(raw, class_map) or hint(raw) or "Add them under `classes:` or `ignore:` of the class map",
    )


def _too_few_classes(raw: np.ndarray, class_map: ClassMap) -> str | None:
    """What to do about the 19 train ids under another list of classes."""
    count, values = len(class_map.ids), set(np.unique(raw).tolist()) - {IGNORE}
    if raw.ndim == 3 or class_map.name != TRAIN_IDS or count >= 19 or not values <= set(range(19)):
        return None
    what = f"Looks like the 19 Cityscapes train ids, but data.classes names {count}"
    return f"{what}: give a class_map (`classes: {{road: [0], ...}}`, docs/data.md)"


def _maps_of(colours: np.ndarray) -> str | None:
    names = maps_of_colours(colours)
    return f"Looks like the colours of class_map {' or '.join(f'`{name}`' for name in names)}" if names else None


def hint(raw: np.ndarray) -> str | None:
    """What unmapped ids look like, for the remedy."""
    if raw.ndim == 3:
        return _maps_of(raw)
    values = set(np.unique(raw).tolist())
    if values <= {0, 255}:
        return "Looks like a 0/255 mask: map 255 to the class that it marks"
    if max(values) >= 1000:
        return "Looks like instance ids (class x 1000 + instance): use the labelIds files"
    if values <= set(range(35)) | {255} and max(values - {255}) > 18:
        return "Looks like Cityscapes labelIds: use class_map `cityscapes`"
    if values <= set(range(19)) | {255} and 255 in values:
        return "Looks like Cityscapes train ids: use class_map `cityscapes_train_ids`"
    return None


def resize_nearest(label: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 (H,W) -> (size[1], size[0]); pixel x takes the one under its centre, floor((x + 0.5) * scale)."""
    if label.shape == (size[1], size[0]):
        return label
    return np.asarray(Image.fromarray(label).resize(size, Image.Resampling.NEAREST))
