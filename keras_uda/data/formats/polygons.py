"""Labels as polygons of named objects: the JSON files of Cityscapes and IDD."""

from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image
from PIL import ImageDraw
from pydantic import Field

from keras_uda.core import outside
from keras_uda.core.classes import ClassMap
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.data.formats.images import LARGEST_PIXELS
from keras_uda.data.formats.images import bad_image

SUFFIX = ".json"
BACKGROUND = "unlabeled"  # what both data sets call pixels that nothing covers
SHOWN_NAMES = 5
LARGEST_POLYGONS = 64 * outside.MEGABYTE
MOST_OBJECTS = 10_000
FURTHEST = 1e6  # pixels outside the image
Coordinate = Annotated[float, Field(ge=-FURTHEST, le=FURTHEST, allow_inf_nan=False)]


class Object(Record):
    """What is drawn of an object."""

    label: str
    polygon: list[tuple[Coordinate, Coordinate]]


class Polygons(Record):
    """What is read of a file."""

    imgWidth: int
    imgHeight: int
    objects: list[Object] = Field(max_length=MOST_OBJECTS)


def is_polygons(path: Path | str) -> bool:
    """Whether a label file is one of polygons, by its suffix."""
    return str(path).lower().endswith(SUFFIX)


def read_polygons(path: Path | str) -> bytes:
    """The content of a file of polygons; raises `DataError` for what is none by its size or its kind."""
    return outside.read_bytes(path, LARGEST_POLYGONS, error=bad_image, remedy="Remove it from the folder")


def draw_polygons(content: bytes, class_map: ClassMap, path: Path | str) -> np.ndarray:
    """int32 (H,W) ids of the map; a later object covers the earlier ones, a deleted one is not drawn.

    Args:
        content: `{"imgHeight": H, "imgWidth": W, "objects": [{"label": name, "polygon": [[x, y], ...]}, ...]}`.
        class_map: whose `objects` give the id of a name; a group (`cargroup`) has that of its members.
        path: for messages.
    Raises:
        DataError: not such a file, or objects that the map does not know.
    Source: https://github.com/mcordts/cityscapesScripts (preparation/json2labelImg.py), https://github.com/AutoNUE/public-code
    """
    size, objects = _parsed(content, path)
    unknown = sorted({name for name, _ in objects if _known(name, class_map) is None})
    if not class_map.objects or unknown:
        named = ", ".join(unknown[:SHOWN_NAMES])
        what = f"objects {named} not in class map `{class_map.name}`" if class_map.objects else "polygons of objects"
        raise bad_image(path, what, "Give a class map that names them under `objects:`")
    image = Image.new("I", size, class_map.objects[BACKGROUND])
    draw = ImageDraw.Draw(image)
    for name, points in objects:
        value = class_map.objects[_known(name, class_map)]
        if value is not None and len(points) > 1:
            draw.polygon(points, fill=value)
    return np.asarray(image)


def _known(name: str, class_map: ClassMap) -> str | None:
    return next((one for one in (name, name.removesuffix("group")) if one in class_map.objects), None)


def _parsed(content: bytes, path: Path | str) -> tuple[tuple[int, int], list[tuple[str, list]]]:
    try:
        parsed = parse_json(content, Polygons)
        width, height = parsed["imgWidth"], parsed["imgHeight"]
        objects = [
            (one["label"], list(map(tuple, one["polygon"]))) for one in parsed["objects"] if not one.get("deleted")
        ]
    except ValueError as error:
        raise bad_image(path, "not a file of polygons (imgWidth, imgHeight, objects)") from error
    if not 0 < width * height <= LARGEST_PIXELS or min(width, height) < 1:
        raise bad_image(path, f"polygons of an image of {width}x{height}", "Correct imgWidth and imgHeight")
    return (width, height), objects
