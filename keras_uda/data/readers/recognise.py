"""Which published data set a folder is, by its folders: its splits are not to be mixed as if it were any pictures."""

import os
from pathlib import Path

from keras_uda.config.names import READERS
from keras_uda.config.names import resolve
from keras_uda.core.errors import DataError
from keras_uda.core.files import list_files
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files
from keras_uda.data.readers.places import filled
from keras_uda.data.readers.places import tops
from keras_uda.predict.inputs import VIDEOS

# Anybody's folders.
USUAL = ("images", "labels", "images/{split}", "labels/{split}", "{split}/images", "{split}/labels", "rgb", "RGB")
USUAL += ("{split}", "{split}annot", "{split}_labels")


def published(root: Path) -> dict[str, str]:
    """Name of a reader -> the folder below `root` that says so; empty for folders that could be anybody's."""
    found = {}
    for name in READERS:
        reader = resolve(READERS, name, "data.readers")
        if issubclass(reader, LayoutReader):
            folder = _shown_by(root, reader())
            if folder is not None:
                found[name] = folder
    return found


def refuse_published(root: Path) -> None:
    """Raises DataError where a root is read as any folder, but is a published data set with splits and labels."""
    found = published(root)
    if found:
        names = " or ".join(f"`{name}`" for name in found)
        what = f"holds {next(iter(found.values()))}, as {names} does: `folder` does not know its splits and labels"
        first = next(iter(found))
        remedy = f"Set --data.source.name or --data.target.name {first}, or give the intended folder as root"
        raise DataError(root, what, remedy)


def with_hint(error: DataError, root: Path, name: str) -> DataError:
    """The error of a reader that found nothing, with the reader that would; as it was where there is none."""
    asked = hasattr(error, "problems") or name == "folder"  # files were found, or it was looked for already
    others = {} if asked else published(root)
    if "no image" in error.what and list_files(root, VIDEOS, irregular=True):
        return DataError(error.where, f"{error.what}, but clips", "Add --data.target.name footage to read those")
    if not others or name in others:
        return error
    shown = f"It holds {next(iter(others.values()))}: set data.*.name to {' or '.join(others)}"
    return DataError(error.where, error.what, shown)


def _shown_by(root: Path, reader: LayoutReader) -> str | None:
    near = [one for level in tops(root, 1) for one in level]
    images = [kind for kind in reader.images if kind.folder not in USUAL]
    labels = [kind for kind in reader.labels if kind.folder not in USUAL]
    for kind in images or labels:
        for part in (part for split in reader.splits for part in reader.parts(split)):
            place = _folder(kind, part)
            if any(os.path.isdir(top / place) for top in near):
                return place
    return None


def _folder(kind: Files, part: dict[str, str]) -> str:
    return "/".join(filter(None, (filled(kind.folder, part), filled(kind.below, part))))
