"""Where the files of a published data set lie: at the root, or in the folders that its archives unpacked into."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import DataError
from keras_uda.core.files import is_folder
from keras_uda.core.files import resource_errors
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.label_names import CONVERTED
from keras_uda.data.readers.pairing import by_stem

DEEPEST = 2  # folders of archives' own names above the data: Dark_Zurich_val_anon/gt, RAND_CITYSCAPES/GT/LABELS
MOST = 1000  # folders at a depth; with more, this is no place where archives were unpacked
NOT_DATA = "__MACOSX"  # what a Mac leaves in archives: copies of every folder, with no picture in them


class Files(NamedTuple):
    """Files of one kind below the root.

    Args:
        folder: where they lie; `{split}` and other names in braces are filled in.
        below: the rest of it, which is part of the names of samples.
        start: what their names may begin with, besides what image and label share.
        end: what their names end in; files without it are of another kind.
        suffixes: of the files.
        class_map: what they mean, of labels.
    """

    folder: str
    below: str = ""
    start: str = ""
    end: str = ""
    suffixes: tuple[str, ...] = SUFFIXES
    class_map: str | None = None


def filled(pattern: str, part: dict[str, str]) -> str:
    return pattern.format(**part)


def tops(root: Path, deepest: int = DEEPEST) -> Iterator[list[Path]]:
    """The root, then the folders in it, then those in these: where archives may have unpacked."""
    level = [root]
    for depth in range(deepest + 1):
        level = [child for top in level for child in subfolders(top)] if depth else level
        if len(level) > MOST:
            return
        yield level


def places(root: Path, kind: Files, part: dict[str, str], deepest: int = DEEPEST) -> list[Path]:
    """The folders `kind.folder` that there are, at the root or else below folders of archives' own names."""
    folder, below = filled(kind.folder, part), filled(kind.below, part)
    for level in tops(root, deepest):
        found = [top / folder for top in level if os.path.isdir(top / folder / below)]
        if found:
            return found if below else [_inmost(place) for place in found]
    return []


def _inmost(folder: Path) -> Path:
    """`images/images`, as some archives unpack, is `images`; unless there are pictures beside the inner one."""
    while os.path.isdir(folder / folder.name):
        with resource_errors(folder):
            names = os.listdir(folder)
        if any(name.lower().endswith(SUFFIXES) and not name.startswith(".") for name in names):
            return folder
        folder = folder / folder.name
    return folder


def subfolders(folder: Path) -> list[Path]:
    """Those that may hold data: not hidden, and not a Mac's."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [
        Path(one.path) for one in entries if is_folder(one) and not one.name.startswith(".") and one.name != NOT_DATA
    ]


def collect(root: Path, kind: Files, parts: list[dict[str, str]]) -> tuple[dict[str, Path], Path]:
    """(what image and label share in their names -> file, the folder that all of them lie in)."""
    found: dict[str, Path] = {}
    folders = []
    for part in parts:
        below = filled(kind.below, part)
        for folder in places(root, kind, part):
            folders.append(folder)
            inside = by_stem(folder / below, kind.suffixes, filled(kind.end, part))
            found |= _shared(inside, f"{below}/" if below else "", kind.start, found, folder)
    common = Path(os.path.commonpath(folders)) if folders else root
    return found, common


def _shared(files: dict[str, Path], below: str, start: str, known: dict, folder: Path) -> dict[str, Path]:
    result = {}
    for key, path in files.items():
        place, slash, name = key.rpartition("/")
        if not name.endswith(CONVERTED):
            result[f"{below}{place}{slash}{name.removeprefix(start)}"] = path
    twice = next((path for key, path in result.items() if key in known), None)
    if twice is not None:
        raise DataError(folder, f"{twice.name} is in another folder of this data set too", "Give one of both as root")
    return result
