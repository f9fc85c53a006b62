"""Data sets as they are published: where their images lie, and in which forms their labels come, as tables."""

import os
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.flat import CONVERTED
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import no_orphans
from keras_uda.data.readers.pairing import stem
from keras_uda.data.readers.reader import Reader

DEEPEST = 2  # folders of archives' own names above the data: Dark_Zurich_val_anon/gt, RAND_CITYSCAPES/GT/LABELS
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z")
NOT_DATA = "__MACOSX"  # what a Mac leaves in archives: copies of every folder, with no picture in them
PNG, POLYGONS = (".png",), (".json",)


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


class LayoutReader(Reader):
    """A data set whose images and labels are found by tables.

    The first kind of images that is there is read, and the first kind of labels that has one for every image. Folders
    may lie in folders of the archives' own names.

    Attributes:
        images, labels: kinds, in the order in which they are looked for.
        folders: split -> what it is called in folders, where that is another word.
        every_part: all of `parts` must be there.
        listed: the data set has no splits; a list `<split>.txt` selects.
    """

    images: tuple[Files, ...] = ()
    labels: tuple[Files, ...] = ()
    folders: dict[str, str] = {}
    every_part = True
    listed = False

    def parts(self, split: str) -> list[dict[str, str]]:
        """What the braces of `Files` stand for; an entry for each folder that belongs to the split."""
        return [{"split": self.folders.get(split, split)}]

    def map_of(self, root: Path, kind: Files, folder: Path) -> str | ClassMap | None:
        """What labels of this kind mean, which lie in `folder`."""
        return kind.class_map

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        parts = self.parts(split)
        images, folder = self._images(root, split, parts)
        found, label_folder, kind = self._labels(root, parts, set(images)) if labels else ({}, None, None)
        if kind is not None:
            self.class_map = self.map_of(root, kind, label_folder)
        if self.listed:
            if found:
                no_orphans(images, found, label_folder)
            by_name = {stem(path.relative_to(folder).as_posix()): path for path in images.values()}
            chosen = set(self.of_split(by_name, folder, root, split).values())
            images = {key: path for key, path in images.items() if path in chosen}
        return join(images, found or None, folder, label_folder)

    def _images(self, root: Path, split: str, parts: list[dict]) -> tuple[dict[str, Path], Path]:
        there = [(kind, self._there(root, kind, parts)) for kind in self.images]
        for kind, found in there:
            images, folder = collect(root, kind, found)
            if images:
                return images, folder
        kind, found = next((one for one in there if one[1]), (self.images[0], []))
        if found:
            raise _other_names(places(root, kind, found[0])[0], filled(kind.end, found[0]))
        raise self._no_folder(root, split, parts)

    def _there(self, root: Path, kind: Files, parts: list[dict], deepest: int = DEEPEST) -> list[dict]:
        """The parts whose folders are there; none, if all are needed and one is missing."""
        found = [part for part in parts if places(root, kind, part, deepest)]
        return found if len(found) == len(parts) or not self.every_part else []

    def _labels(self, root: Path, parts: list[dict], wanted: set[str]) -> tuple[dict[str, Path], Path | None, Files]:
        """Of the first kind that has a label for every image, or else of the first that has any."""
        first = {}, None, None
        for kind in self.labels:
            found, folder = collect(root, kind, parts)
            if found and wanted <= found.keys():
                return found, folder, kind
            if found and not first[0]:
                first = found, folder, kind
        return first

    def _no_folder(self, root: Path, split: str, parts: list[dict]) -> DataError:
        """Names the folder that is missing, and the splits that are not."""
        kind = self.images[0]
        part = next((part for part in parts if not places(root, kind, part)), parts[0])
        others = [name for name in self.splits if name != split and self._holds(root, name)]
        what = f"no such folder (split `{split}`)" + (f", there is only {', '.join(others)}" if others else "")
        return DataError(root / filled(kind.folder, part) / filled(kind.below, part), what, self._remedy(root, split))

    def _holds(self, root: Path, split: str, deepest: int = DEEPEST) -> bool:
        return any(self._there(root, kind, self.parts(split), deepest) for kind in self.images)

    def _remedy(self, root: Path, split: str) -> str:
        above = next((one for one in list(root.resolve().parents)[:3] if self._holds(one, split, 0)), None)
        if above is not None:
            return f"Give the folder above as root: {above}"
        packed = [path.name for path in sorted(root.iterdir()) if path.name.lower().endswith(ARCHIVES)]
        if packed:
            return f"Unpack {', '.join(packed[:3])} there"
        return f"Check the root, the name of the reader, and the split ({', '.join(self.splits)})"


def several(option: str, choice: str | Iterable[str]) -> tuple[str, ...]:
    """One name, or some, as a configuration gives them for an option of a reader."""
    names = (choice,) if isinstance(choice, str) else tuple(dict.fromkeys(choice))
    if not names:
        raise UsageError(f"data.*.arguments.{option}", "an empty list", "Name at least one, or leave it out")
    return names


def filled(pattern: str, part: dict[str, str]) -> str:
    return pattern.format(**part)


def tops(root: Path, deepest: int = DEEPEST) -> Iterator[list[Path]]:
    """The root, then the folders in it, then those in these: where archives may have unpacked."""
    level = [root]
    for depth in range(deepest + 1):
        level = [child for top in level for child in subfolders(top)] if depth else level
        yield level


def places(root: Path, kind: Files, part: dict[str, str], deepest: int = DEEPEST) -> list[Path]:
    """The folders `kind.folder` that there are, at the root or else below folders of archives' own names."""
    folder, below = filled(kind.folder, part), filled(kind.below, part)
    for level in tops(root, deepest):
        found = [top / folder for top in level if (top / folder / below).is_dir()]
        if found:
            return found if below else [_inmost(place) for place in found]
    return []


def _inmost(folder: Path) -> Path:
    """`images/images`, as some archives unpack, is `images`; unless there are pictures beside the inner one."""
    inner = folder / folder.name
    if not inner.is_dir():
        return folder
    pictures = [one for one in os.listdir(folder) if one.lower().endswith(SUFFIXES) and not one.startswith(".")]
    return folder if pictures else _inmost(inner)


def subfolders(folder: Path) -> list[Path]:
    """Those that may hold data: not hidden, and not a Mac's."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [Path(one.path) for one in entries if one.is_dir() and not one.name.startswith(".") and one.name != NOT_DATA]


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


def _other_names(folder: Path, end: str) -> DataError:
    """There are images, but none with the right name."""
    seen = list_files(folder, SUFFIXES)
    if not seen:
        return DataError(folder, "no image below this folder", "Check the root and the split")
    what = f"no image whose name ends in `{end}`; there is {seen[0].name}"
    return DataError(folder, what, "Check the options of the reader and the split")
