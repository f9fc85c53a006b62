"""What annotation tools write about the values of their masks, beside them: read where no class map is given.

| file | tool | what it says |
|---|---|---|
| `labelmap.txt` | CVAT, Pascal VOC | a colour for each name: `road:128,64,128::` |
| `_classes.csv` | Roboflow | an id for each name: `1, road` |
| `obj_class_to_machine_color.json` | Supervisely | a colour of equal channels, the id, for each name |
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path

from keras_uda.core.errors import UsageError

DEPTH = 3
NO_CLASS = ("background", "unlabeled", "unlabelled", "void", "ignore", "none", "_background_", "__ignore__")


def tool_map(root: Path) -> tuple[Path, dict] | None:
    """(file, mapping as in a class map) of the first such file at most two folders below the root; None without one.

    Raises:
        UsageError: a file that is not of its form.
    """
    for name, read in FILES.items():
        for place in (root, *_below(root, DEPTH)):
            if (place / name).is_file():
                return place / name, _read(place / name, read)
    return None


def _below(root: Path, depth: int) -> list[Path]:
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    return folders if depth <= 1 else [*folders, *(inner for folder in folders for inner in _few(folder, depth - 1))]


def _few(folder: Path, depth: int) -> list[Path]:
    return _below(folder, depth)[:100]


def _read(file: Path, read: Callable[[str], dict[str, int | str]]) -> dict:
    try:
        values = read(file.read_text("utf-8-sig"))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UsageError(file, f"not as its tool writes it ({error})", "Give a map: data.*.class_map") from error
    classes = {name: value for name, value in values.items() if name.lower() not in NO_CLASS}
    return {"classes": classes, "ignore": [value for name, value in values.items() if name not in classes]}


def _labelmap(text: str) -> dict[str, int | str]:
    rows = [line.split(":") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {row[0].strip(): _hexadecimal(row[1].split(",")) for row in rows}


def _classes_csv(text: str) -> dict[str, int | str]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    return {row[1].strip(): int(row[0]) for row in rows[1:]}


def _machine_colours(text: str) -> dict[str, int | str]:
    colours = json.loads(text)
    return {name: int(colour[0]) if len(set(colour)) == 1 else _hexadecimal(colour) for name, colour in colours.items()}


def _hexadecimal(colour: list) -> str:
    red, green, blue = map(int, colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


FILES = {
    "labelmap.txt": _labelmap,
    "_classes.csv": _classes_csv,
    "obj_class_to_machine_color.json": _machine_colours,
}
