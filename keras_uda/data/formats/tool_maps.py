"""What annotation tools write about the values of their masks, beside them: read where no class map is given.

| file | tool | what it says |
|---|---|---|
| `labelmap.txt` | CVAT, Pascal VOC | a colour for each name: `road:128,64,128::` |
| `_classes.csv` | Roboflow | an id for each name: `1, road` |
| `class_names.txt` | LabelMe | a name for each id from 0 on, a line each |
| `obj_class_to_machine_color.json` | Supervisely | a colour of equal channels, the id, for each name |

255 is ignored, as in train ids, unless the file gives it a name.
"""

import csv
import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import UsageError
from keras_uda.core.files import is_folder
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_text

DEPTH = 3
MOST_FOLDERS = 100
NO_CLASS = ("background", "unlabeled", "unlabelled", "void", "ignore", "none", "_background_", "__ignore__")


def tool_map(root: Path) -> tuple[Path, dict] | None:
    """(file, mapping as in a class map) of the first such file at most two folders below the root; None without one.

    Raises:
        UsageError: a file that is not of its form.
    """
    for place in _places(root):
        for name, read in FILES.items():
            if (place / name).is_file():
                return place / name, _read(place / name, read)
    return None


def _places(root: Path) -> Iterator[Path]:
    """The root and folders below it, near ones first."""
    level = [root]
    for _ in range(DEPTH):
        yield from level
        level = [inner for place in level for inner in _subfolders(place)][:MOST_FOLDERS]


def _subfolders(place: Path) -> list[Path]:
    try:
        return sorted(Path(one.path) for one in os.scandir(place) if is_folder(one) and not one.name.startswith("."))
    except OSError:
        return []  # what may not be read is told where it is needed


def _read(file: Path, read: Callable[[str], dict[str, int | str]]) -> dict:
    try:
        values = read(read_text(file, MEGABYTE, error=UsageError, remedy="Give a map: data.*.class_map"))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, csv.Error) as error:
        raise UsageError(file, f"not as its tool writes it ({error})", "Give a map: data.*.class_map") from error
    classes = {name: value for name, value in values.items() if name.lower() not in NO_CLASS}
    ignored = [value for name, value in values.items() if name not in classes]
    by_id = any(isinstance(value, int) for value in values.values())
    return {"classes": classes, "ignore": [*ignored, *([IGNORE] if by_id and IGNORE not in values.values() else [])]}


def _labelmap(text: str) -> dict[str, int | str]:
    rows = [line.split(":") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {row[0].strip(): _hexadecimal(row[1].split(",")) for row in rows}


def _classes_csv(text: str) -> dict[str, int | str]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    return {row[1].strip(): int(row[0]) for row in rows[1:]}


def _class_names(text: str) -> dict[str, int | str]:
    names = [line.strip() for line in text.splitlines() if line.strip() not in ("", "__ignore__")]
    return {name: number for number, name in enumerate(names)}


def _machine_colours(text: str) -> dict[str, int | str]:
    colours = parse_json(text, dict[str, list[int]])
    return {name: int(colour[0]) if len(set(colour)) == 1 else _hexadecimal(colour) for name, colour in colours.items()}


def _hexadecimal(colour: list) -> str:
    red, green, blue = map(int, colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


FILES = {
    "labelmap.txt": _labelmap,
    "_classes.csv": _classes_csv,
    "class_names.txt": _class_names,
    "obj_class_to_machine_color.json": _machine_colours,
}
