"""Weak labels of images: tags (present, absent, unknown) and labelled pixels, and the arrays that training reads."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import NamedTuple

import numpy as np

PRESENT, ABSENT, UNKNOWN = 1, 0, -1
COLUMNS = ("tags", "points", "seconds", "rows")  # of weak labels: image -> what is known of it
PADDING = -1  # of points: row, column and class of an entry that is not there


class Point(NamedTuple):
    """A labelled pixel: column `x` and row `y` from 0, a class name, and the line of the file it came from."""

    x: int
    y: int
    name: str
    row: int = 0


@dataclass
class WeakLabels:
    """Tags and points of some images.

    Args:
        classes: names, in the order of the entries of a tag vector.
        tags: image -> int8 (C,) of 1 present, 0 absent, -1 unknown.
        points: image -> its labelled pixels.
        seconds: image -> time that tagging took.
        rows: image -> line of the tag file.
        timed: the tag file has a column of seconds, filled for images that are finished.
    """

    classes: tuple[str, ...]
    tags: dict[str, np.ndarray] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    timed: bool = False

    def tags_of(self, image: str) -> np.ndarray:
        """int8 (C,): the tags of an image; a class with a point is present."""
        tags = self.tags.get(image, np.full(len(self.classes), UNKNOWN, "int8")).copy()
        for point in self.points.get(image, ()):
            tags[self.classes.index(point.name)] = PRESENT
        return tags

    def of(self, images: Iterable[str]) -> "WeakLabels":
        """What is known of these images alone."""
        kept = set(images)
        columns = {key: getattr(self, key) for key in COLUMNS}
        some = {key: {name: value for name, value in column.items() if name in kept} for key, column in columns.items()}
        return replace(self, **some)

    def below(self, folder: str) -> "WeakLabels":
        """The same, of images whose names begin with a folder."""
        columns = {key: getattr(self, key) for key in COLUMNS}
        named = {key: {f"{folder}/{name}": one for name, one in column.items()} for key, column in columns.items()}
        return replace(self, **named)

    def images(self) -> list[str]:
        """Every image with a row or a point, sorted."""
        return sorted(self.tags.keys() | self.points.keys())


def together(parts: Sequence[WeakLabels]) -> WeakLabels:
    """The weak labels of different images as one.

    Args:
        parts: at least one, of the same classes.
    """
    columns = {key: {name: one for part in parts for name, one in getattr(part, key).items()} for key in COLUMNS}
    return replace(parts[0], **columns, timed=any(part.timed for part in parts))


def counts(weak: WeakLabels) -> dict[str, dict[str, int]]:
    """Class -> number of images where it is present, absent, unknown, and number of its points."""
    table = np.stack([weak.tags_of(image) for image in weak.images()] or [np.zeros(0, "int8")])
    points = [point.name for entries in weak.points.values() for point in entries]
    result = {}
    for number, name in enumerate(weak.classes):
        column = table[:, number] if weak.images() else np.zeros(0, "int8")
        kinds = {"present": PRESENT, "absent": ABSENT, "unknown": UNKNOWN}
        result[name] = {kind: int((column == value).sum()) for kind, value in kinds.items()}
        result[name]["points"] = points.count(name)
    return result


def weak_arrays(
    weak: WeakLabels,
    images: Iterable[str],
    size_of: Callable[[str], tuple[int, int] | None],
    size: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """What training reads.

    Args:
        images: names, in the order of the rows of the result.
        size_of: image name -> (width, height) that the points count in.
        size: (width, height) that the network sees.
    Returns:
        tags float32 (n, C) of 1, 0, -1 unknown; points int32 (n, P, 3) of row, column, class at `size`, padded with -1.
    """
    images = list(images)
    tags = np.full((len(images), len(weak.classes)), UNKNOWN, "float32")
    most = max([len(weak.points.get(image, ())) for image in images] + [1])
    points = np.full((len(images), most, 3), PADDING, "int32")
    for number, image in enumerate(images):
        tags[number] = weak.tags_of(image)
        for place, point in enumerate(weak.points.get(image, ())):
            width, height = size_of(image)
            column, row = (2 * point.x + 1) * size[0] // (2 * width), (2 * point.y + 1) * size[1] // (2 * height)
            points[number, place] = row, column, weak.classes.index(point.name)
    return tags, points
