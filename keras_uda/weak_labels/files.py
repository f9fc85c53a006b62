"""Weak labels as plain files that people write and share: tags per image (CSV) and labelled pixels (JSON lines).

Tags: `image,road,sidewalk,...`, one row per image, 1 present, 0 absent, blank unknown; classes without a column and
images without a row are unknown. An optional column `seconds` holds the time the image took.
Points: `{"image": "a.png", "x": 103, "y": 88, "class": "road"}`, pixels of the stored image from its left upper corner.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from typing import NoReturn

import numpy as np
from pydantic import Field

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import DataError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_bytes
from keras_uda.data.readers.file_names import plain_name
from keras_uda.weak_labels.labels import ABSENT
from keras_uda.weak_labels.labels import PRESENT
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels

TEXTS = {PRESENT: "1", ABSENT: "0", UNKNOWN: ""}
# What programs write for the three: pandas makes 1.0 of 1 where a cell is blank, and True of a condition.
CELLS = {"true": PRESENT, "false": ABSENT, "": UNKNOWN, "nan": UNKNOWN, "na": UNKNOWN, "<na>": UNKNOWN}
NUMBERS = {1.0: PRESENT, 0.0: ABSENT}
SECONDS = "seconds"
LARGEST = 64 * MEGABYTE
MOST_COLUMNS = 50  # that are complained of
Complain = Callable[[object, str, str], None]


class PointLine(Record):
    """A line of a point file; x and y are whole pixels of an image, which has less than 2**31 in a row."""

    image: Annotated[str, Field(min_length=1)]
    x: Annotated[int, Field(ge=0, lt=2**31)]
    y: Annotated[int, Field(ge=0, lt=2**31)]
    name: str = Field(alias="class")


def refuse(where: object, what: str, remedy: str) -> NoReturn:
    """The usual `complain`: the first mistake ends the reading."""
    raise DataError(where, what, remedy)


def points_file(tags_file: Path | str) -> Path:
    """Where the points belonging to a tag file are: `tags.csv` -> `tags.points.jsonl`."""
    return Path(tags_file).with_suffix(".points.jsonl")


def read_weak_labels(
    tags_file: Path | None,
    points: Path | None = None,
    *,
    classes: Sequence[str],
    complain: Complain = refuse,
) -> WeakLabels:
    """Reads a tag file, a point file, or both.

    Args:
        tags_file: CSV, or None.
        points: JSON lines; None takes the file beside the tag file if there is one.
        classes: the classes that may occur.
        complain: called with (place, what, remedy) for each mistake; by default it raises.
    Raises:
        DataError: a mistake in a file, with its row.
    """
    weak = WeakLabels(tuple(classes))
    if points is None and tags_file is not None and points_file(tags_file).exists():
        points = points_file(tags_file)
    if tags_file is not None:
        _read_tags(Path(tags_file), weak, complain)
    if points is not None:
        _read_points(Path(points), weak, complain)
    return weak


def _text(path: Path) -> str:
    content = read_bytes(path, LARGEST, remedy="Weak labels are a text file: see docs/weak_labels.md")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(path, f"byte {error.start} is not UTF-8", "Save the file as UTF-8 text") from error


def _read_tags(path: Path, weak: WeakLabels, complain: Complain) -> None:
    table = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(table, [])]
        if not _header_is_right(path, header, weak.classes, complain):
            return
        weak.timed = SECONDS in header
        for cells in table:
            if any(cell.strip() for cell in cells):
                _read_row(f"{path} row {table.line_num}", header, cells, table.line_num, weak, complain)
    except csv.Error as error:
        complain(f"{path} row {table.line_num}", f"not CSV ({error})", "Write image,road,... with 0, 1 or blank")


def _header_is_right(path: Path, header: list[str], classes: Sequence[str], complain: Complain) -> bool:
    where = f"{path} row 1"
    if header[:1] != ["image"] or len(header) < 2:
        found = ",".join(header)[:40] or "nothing"
        indexed = header[:2] == ["", "image"]
        remedy = "Write it without the row numbers (pandas: index=False)"
        remedy = remedy if indexed else "Start the file with image,road,sidewalk,... (commas)"
        complain(where, f"the header is `{found}`", remedy)
        return False
    unknown = [name for name in header[1:] if name not in classes and name != SECONDS]
    for name in unknown[:MOST_COLUMNS]:
        complain(where, f"class `{name}` is not among the {len(classes)} classes", did_you_mean(name, classes))
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    for name in twice[:MOST_COLUMNS]:
        complain(where, f"column `{name}` stands there twice", "Keep one of them")
    return not unknown and not twice


def _read_row(where: str, header: list[str], cells: list[str], row: int, weak: WeakLabels, complain: Complain) -> None:
    image, tags = plain_name(cells[0]), np.full(len(weak.classes), UNKNOWN, "int8")
    if not image:
        return complain(where, "no image name", "Write the path of the image below the folder in the first column")
    if image in weak.rows:
        return complain(where, f"{image} has a row already (row {weak.rows[image]})", "Keep one of the rows")
    if len(cells) != len(header):
        return complain(where, f"{len(cells)} cells under {len(header)} columns", "Give every column one cell")
    weak.rows[image] = row
    for name, cell in zip(header[1:], cells[1:], strict=True):
        if name == SECONDS:
            weak.seconds.update(_time(image, cell))
        elif (tag := _tag(cell.strip())) is not None:
            tags[weak.classes.index(name)] = tag
        else:
            complain(where, f"`{cell.strip()[:20]}` under {name}", "Write 1 (present), 0 (absent) or nothing (unknown)")
    weak.tags[image] = tags


def _tag(cell: str) -> int | None:
    """1, 0 or unknown, however a program writes them; None for anything else."""
    if cell.lower() in CELLS:
        return CELLS[cell.lower()]
    try:
        return NUMBERS.get(float(cell))
    except ValueError:
        return None


def _time(image: str, cell: str) -> dict[str, float]:
    try:
        return {image: min(max(0.0, float(cell)), 1e6)}
    except ValueError:
        return {}


def _read_points(path: Path, weak: WeakLabels, complain: Complain) -> None:
    rows: dict[tuple[str, int, int], int] = {}  # of the first point of each pixel
    for row, line in enumerate(_text(path).split("\n"), 1):
        mistake = _add_point(line, row, rows, weak) if line.strip() else None
        if mistake:
            complain(f"{path} row {row}", *mistake)


def _add_point(line: str, row: int, rows: dict, weak: WeakLabels) -> tuple[str, str] | None:
    """Takes the point of a line, or returns what is wrong with it and what to do."""
    try:
        entry = parse_json(line, PointLine)
    except ValueError:
        return "not a point", 'Write {"image": "a.png", "x": 3, "y": 5, "class": "road"}, x and y whole'
    if entry["class"] not in weak.classes:
        return f"unknown class `{entry['class']}`", did_you_mean(entry["class"], weak.classes)
    image, point = plain_name(entry["image"]), Point(entry["x"], entry["y"], entry["class"], row)
    earlier = rows.setdefault((image, point.x, point.y), row)
    if earlier != row:
        return f"pixel ({point.x}, {point.y}) of {image} is there already (row {earlier})", "Keep one"
    if image in weak.tags and weak.tags[image][weak.classes.index(point.name)] == ABSENT:
        place = f"row {weak.rows[image]} of the tags"
        return f"{point.name} is marked absent in {image} ({place})", "Correct the tag or the point"
    weak.points.setdefault(image, []).append(point)
    return None


def check_images(
    weak: WeakLabels,
    size_of: Callable[[str], tuple[int, int] | None],
    tags_file: object,
    points: object,
    complain: Complain = refuse,
    remedy: Callable[[str], str] = lambda name: "Write its path below the folder",
) -> None:
    """Every image must be there and every point inside it.

    Args:
        size_of: image name -> (width, height), None where there is no such image.
        tags_file, points: names of the files for the messages.
        remedy: what to do about a name that is no image.
    """
    for image, row in weak.rows.items():
        if size_of(image) is None:
            complain(f"{tags_file} row {row}", f"image {image} is not there", remedy(image))
    for image, entries in weak.points.items():
        size = size_of(image)
        if size is None:
            if image not in weak.rows:
                complain(f"{points} row {entries[0].row}", f"image {image} is not there", remedy(image))
            continue
        for point in entries:
            where = f"{points} row {point.row}"
            if point.x >= size[0] or point.y >= size[1]:
                outside = f"point ({point.x}, {point.y}) is outside {image} of {size[0]}x{size[1]}"
                complain(where, outside, "Count pixels of the stored image from 0")


def tags_csv(weak: WeakLabels) -> str:
    """The text of a tag file; the same labels always give the same bytes."""
    stream = io.StringIO()
    writer, quoting = (csv.writer(stream, lineterminator="\n", quoting=q) for q in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    timed = weak.timed or bool(weak.seconds)
    writer.writerow(["image", *weak.classes, *([SECONDS] if timed else [])])
    for image in sorted(weak.tags):
        time = [f"{weak.seconds[image]:.1f}" if image in weak.seconds else ""] if timed else []
        one = quoting if "\r" in image else writer  # the csv module does not quote that by itself
        one.writerow([image, *map(TEXTS.__getitem__, weak.tags[image].tolist()), *time])
    return stream.getvalue()


def points_jsonl(weak: WeakLabels) -> str:
    """The text of a point file, sorted by image."""
    lines = [
        json.dumps({"image": image, "x": point.x, "y": point.y, "class": point.name}, ensure_ascii=False)
        for image in sorted(weak.points)
        for point in weak.points[image]
    ]
    return "".join(line + "\n" for line in lines)


def write_weak_labels(tags_file: Path, weak: WeakLabels) -> None:
    """Writes `tags.csv` and, where there are points, `tags.points.jsonl` beside it, each whole or not at all."""
    atomic_write(tags_file, tags_csv(weak))
    if weak.points or points_file(tags_file).exists():
        atomic_write(points_file(tags_file), points_jsonl(weak))
