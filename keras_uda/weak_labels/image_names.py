"""Names in weak label files, and the images that they mean."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.readers.file_names import find_name
from keras_uda.data.readers.file_names import why_unknown
from keras_uda.weak_labels.labels import WeakLabels

COLUMNS = ("tags", "points", "seconds", "rows")


def under_known_names(weak: WeakLabels, known: dict[str, str], root: Path | None, file: object) -> WeakLabels:
    """Weak labels by the names that the images have; what is no image keeps its name.

    Args:
        weak: as written: names with `./`, absolute paths, paths below the root, without suffix.
        known: what an image may be called -> its name (`names_of_pairs`).
        root: folder of the images; None for frames that lie in no folder.
        file: for messages.
    Raises:
        DataError: two names of one image.
    """
    names: dict[str, str] = {}
    for written in weak.images():
        name = find_name(written, known, root) or written
        if name in names:
            raise DataError(file, f"{names[name]} and {written} are the same image", "Keep one of them")
        names[name] = written
    columns = {key: getattr(weak, key) for key in COLUMNS}
    return replace(
        weak,
        **{
            key: {name: column[written] for name, written in names.items() if written in column}
            for key, column in columns.items()
        },
    )


def remedy_for(known: dict[str, str], root: Path | None) -> Callable[[str], str]:
    """A function that says what to do about a name that is no image."""

    def remedy(name: str) -> str:
        why = why_unknown(name, known, root)
        return "Write its path below the folder" if why == "no such image" else why[0].upper() + why[1:]

    return remedy
