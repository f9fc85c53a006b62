"""Labels as polygons of named objects: the JSON files of Cityscapes and IDD."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from PIL import ImageDraw

from keras_uda.core.classes import ClassMap
from keras_uda.data.formats.images import LARGEST_PIXELS
from keras_uda.data.formats.images import bad_image

SUFFIX = ".json"
BACKGROUND = "unlabeled"  # what both data sets call pixels that nothing covers
SHOWN_NAMES = 5


def is_polygons(path: Path | str) -> bool:
    """Whether a label file is one of polygons, by its suffix."""
    return str(path).lower().endswith(SUFFIX)


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
        parsed = json.loads(content)
        width, height = int(parsed["imgWidth"]), int(parsed["imgHeight"])
        objects = [
            (str(one["label"]), [(float(x), float(y)) for x, y in one["polygon"]])
            for one in parsed["objects"]
            if not one.get("deleted", 0)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise bad_image(path, "not a file of polygons (imgWidth, imgHeight, objects)") from error
    if not 0 < width * height <= LARGEST_PIXELS or min(width, height) < 1:
        raise bad_image(path, f"polygons of an image of {width}x{height}", "Correct imgWidth and imgHeight")
    return (width, height), objects
