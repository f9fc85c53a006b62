"""Data sets as they are published: where their images lie, and in which forms their labels come, as tables."""

import os
from collections.abc import Iterable
from pathlib import Path

from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.core.files import resource_errors
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.readers.file_names import name_below
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import no_orphans
from keras_uda.data.readers.pairing import stem
from keras_uda.data.readers.places import DEEPEST
from keras_uda.data.readers.places import Files
from keras_uda.data.readers.places import collect
from keras_uda.data.readers.places import filled
from keras_uda.data.readers.places import places
from keras_uda.data.readers.reader import Reader

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".rar", ".7z")
PNG, POLYGONS = (".png",), (".json",)


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
            by_name = {stem(name_below(path, folder)): path for path in images.values()}
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
        with resource_errors(root):
            packed = [name for name in sorted(os.listdir(root)) if name.lower().endswith(ARCHIVES)]
        if packed:
            return f"Unpack {', '.join(packed[:3])} there"
        return f"Check the root, the name of the reader, and the split ({', '.join(self.splits)})"


def several(option: str, choice: str | Iterable[str]) -> tuple[str, ...]:
    """One name, or some, as a configuration gives them for an option of a reader."""
    names = (choice,) if isinstance(choice, str) else tuple(dict.fromkeys(choice))
    if not names:
        raise UsageError(f"data.*.arguments.{option}", "an empty list", "Name at least one, or leave it out")
    return names


def _other_names(folder: Path, end: str) -> DataError:
    """There are images, but none with the right name."""
    seen = list_files(folder, SUFFIXES)
    if not seen:
        return DataError(folder, "no image below this folder", "Check the root and the split")
    what = f"no image whose name ends in `{end}`; there is {seen[0].name}"
    return DataError(folder, what, "Check the options of the reader and the split")
