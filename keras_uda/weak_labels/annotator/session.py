"""What is tagged so far. Every change is on the disk before it is answered, so that nothing is lost in a crash."""

import hashlib
import threading
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.files import resource_errors
from keras_uda.core.locks import exclusive
from keras_uda.weak_labels.files import points_file
from keras_uda.weak_labels.files import points_jsonl
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.files import tags_csv
from keras_uda.weak_labels.join import stored_size
from keras_uda.weak_labels.labels import ABSENT
from keras_uda.weak_labels.labels import PRESENT
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels

MOST_POINTS = 1000  # of one image


class Session:
    """The images of a folder in the order in which they are shown, and their tags and points.

    An image is finished when its row holds the seconds it took; the tags of one that is not are kept too.

    Args:
        folder: the images.
        images: names below `folder`, most useful first.
        output: the tag file; read again if it is there.
        classes: names of the classes.
        guesses: image -> float (C,) in [0, 1], what a model believes to be in it.
        suggestions: image -> int (n, 2), x, y of pixels to click next, the best first.
    """

    def __init__(
        self,
        folder: Path,
        images: Sequence[str],
        output: Path,
        classes: Sequence[str],
        guesses: Mapping[str, np.ndarray] | None = None,
        suggestions: Mapping[str, np.ndarray] | None = None,
    ):
        self.folder, self.images, self.output = Path(folder), list(images), Path(output)
        self.guesses, self.suggestions = guesses or {}, suggestions or {}
        self.weak = _earlier(self.output, classes)
        self._numbers = {image: number for number, image in enumerate(self.images)}
        strangers = sorted(set(self.weak.images()) - set(self._numbers))
        if strangers:
            what = f"{len(strangers)} of its images are not in {folder}, the first is {strangers[0]}"
            raise DataError(output, what, "Give the folder it was made with, or another --output")
        self._saving = threading.Lock()

    @property
    def classes(self) -> tuple[str, ...]:
        return self.weak.classes

    @property
    def name(self) -> str:
        """Tells this session from others in the same browser."""
        return hashlib.sha256(str(self.output.resolve()).encode()).hexdigest()[:16]

    def path(self, number: int) -> Path:
        return self.folder / self.images[number]

    def progress(self) -> dict:
        """Finished and all images, and the median seconds of an image (None before the first)."""
        times = [seconds for seconds in list(self.weak.seconds.values()) if seconds > 0]
        median = round(float(np.median(times)), 1) if times else None
        return {"done": len(self.weak.seconds), "total": len(self.images), "seconds": median}

    def next_open(self, after: int = -1) -> int | None:
        """The first unfinished image behind `after`, from the front again at the end; None if all are finished."""
        count = len(self.images)
        for step in range(1, count + 1):
            number = (after + step) % count
            if self.images[number] not in self.weak.seconds:
                return number
        return None

    def item(self, number: int) -> dict:
        """What the page shows of an image."""
        image = self.images[number]
        tags = self.weak.tags.get(image, np.full(len(self.classes), UNKNOWN, "int8"))
        points = [{"x": p.x, "y": p.y, "class": self.classes.index(p.name)} for p in self.weak.points.get(image, ())]
        guess = self.guesses.get(image)
        return {
            "number": number,
            "image": image,
            "size": stored_size(self.path(number)),
            "tags": tags.tolist(),
            "points": points,
            "seconds": self.weak.seconds.get(image),
            "guess": None if guess is None else np.round(np.asarray(guess, "float64"), 3).tolist(),
            "suggestions": [{"x": int(x), "y": int(y)} for x, y in self.suggestions.get(image, ())],
            "next": self.next_open(number),
        }

    def save(self, entry: dict) -> None:
        """Takes over the state of one image and writes both files.

        Args:
            entry: `image` one of the list; `tags` list of 1, 0, -1; `points` list of {"x", "y", "class": number};
                `seconds`, None while the image is not finished.
        Raises:
            DataError: an entry that cannot be meant.
        """
        image, tags, points, seconds = self._checked(entry)
        with self._saving, self._as_before(image):
            before = list(self.weak.points.get(image, ()))
            kept = [point for point in before if point in points]
            _put(self.weak.tags, image, tags if (tags != UNKNOWN).any() or seconds is not None else None)
            _put(self.weak.seconds, image, seconds)
            # A kill between the two files must not leave a point of a class that is tagged absent.
            if kept != before:
                _put(self.weak.points, image, kept or None)
                atomic_write(points_file(self.output), points_jsonl(self.weak))
            atomic_write(self.output, tags_csv(self.weak))
            if points != kept:
                _put(self.weak.points, image, points or None)
                atomic_write(points_file(self.output), points_jsonl(self.weak))

    @contextmanager
    def _as_before(self, image: str) -> Iterator[None]:
        """What could not be written is not believed to be there: the page keeps it and asks again."""
        mappings = (self.weak.tags, self.weak.seconds, self.weak.points)
        before = [mapping.get(image) for mapping in mappings]
        try:
            yield
        except BaseException:
            for mapping, value in zip(mappings, before, strict=True):
                _put(mapping, image, value)
            raise

    def _checked(self, entry: dict) -> tuple[str, np.ndarray, list[Point], float | None]:
        names = dict(enumerate(self.classes))
        try:
            image, tags, seconds = entry["image"], list(entry["tags"]), entry["seconds"]
            path = self.path(self._numbers[image])
            points = [Point(int(p["x"]), int(p["y"]), names[int(p["class"])]) for p in entry["points"]]
            seconds = None if seconds is None else min(max(0.0, float(seconds)), 1e6)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise DataError(self.output, f"an entry cannot be saved ({error!r})", "Load the page again") from None
        width, height = stored_size(path) or (0, 0)
        right = (
            len(tags) == len(self.classes)
            and all(type(tag) is int and tag in (PRESENT, ABSENT, UNKNOWN) for tag in tags)
            and len(points) <= MOST_POINTS
            and len({(point.x, point.y) for point in points}) == len(points)
            and all(0 <= point.x < width and 0 <= point.y < height for point in points)
            and all(tags[self.classes.index(point.name)] == PRESENT for point in points)
        )
        if not right:
            raise DataError(image, "tags or points that do not fit the image", "Load the page again")
        return image, np.array(tags, "int8"), points, seconds


def _put(mapping: dict, key: str, value: object) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _earlier(output: Path, classes: Sequence[str]) -> WeakLabels:
    """What the output holds already; a file that was made or written by hand counts as finished."""
    points = points_file(output) if points_file(output).exists() else None
    if not output.exists() and points is None:
        return WeakLabels(tuple(classes), timed=True)
    weak = read_weak_labels(output if output.exists() else None, points, classes=classes)
    weak.points = {image: [point._replace(row=0) for point in found] for image, found in weak.points.items()}
    weak.tags |= {image: weak.tags_of(image) for image in weak.points}  # what has a point is present
    if not weak.timed:
        weak.seconds = {image: 0.0 for image, tags in weak.tags.items() if (tags != UNKNOWN).any()}
        weak.timed = True
    return weak


def spread_out(images: Sequence[str]) -> list[str]:
    """An order in which every beginning covers the whole list evenly: neighbouring frames of a drive look alike.

    The place of image n is n with its bits reversed (van der Corput).
    """
    bits = max(1, (len(images) - 1).bit_length())
    reversed_numbers = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(2**bits))
    return [images[number] for number in reversed_numbers if number < len(images)]


def writable_names(names: list[str]) -> list[str]:
    """The names that a UTF-8 file can hold; others are left out with a warning."""
    strange = [name for name in names if name.encode(errors="ignore").decode() != name]
    if strange:
        first = strange[0].encode(errors="backslashreplace").decode()
        warn(f"{len(strange)} images are left out: their names are not UTF-8, the first is {first}. Rename them")
    return [name for name in names if name not in set(strange)]


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Keeps a second annotator away from the same file; the lock dies with its owner.

    Raises:
        InUse: another process has it.
    """
    with ExitStack() as stack:
        with resource_errors(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            place = output.with_name(f".{output.name}.lock")
            what = "another annotator has it open:"
            stack.enter_context(exclusive(place, output, "Use its page, or another --output", what))
        yield
