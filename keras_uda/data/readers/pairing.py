"""Joins images and labels by the relative path without suffix, and names everything that does not fit."""

import re
from codecs import BOM_UTF16_BE
from codecs import BOM_UTF16_LE
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import DataError
from keras_uda.core.files import list_files
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_bytes
from keras_uda.data.formats.images import OTHER_PICTURES
from keras_uda.data.formats.images import SHOWN_FORMATS
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.file_names import WRITE_SLASHES
from keras_uda.data.readers.file_names import find_name
from keras_uda.data.readers.file_names import name_below
from keras_uda.data.readers.file_names import other_capitals
from keras_uda.data.readers.file_names import stem
from keras_uda.data.readers.file_names import why_unknown

LARGEST_LIST = 64 * MEGABYTE
MOST_REASONS = 100  # that are looked for: each is a search among all names
LABEL_STUDIO = re.compile(r"task-\d+-annotation-\d+-by-\d+-")


class Pair(NamedTuple):
    """One sample on disk.

    Args:
        name: path of the image below the folder of images, with suffix and composed letters; unique in its domain.
        image: its file; None for a frame of the built-in world.
        label: its label file, None without one.
        frame: number of a frame of the built-in world.
    """

    name: str
    image: Path | None
    label: Path | None
    frame: int = -1


def by_stem(folder: Path, suffixes: Iterable[str], strip: str = "") -> dict[str, Path]:
    """Relative stem -> file, for all pictures below a folder.

    Args:
        strip: end of the stems of interest (`_leftImg8bit`), taken off; files without it are left out.
    Raises:
        DataError: no such folder, or two files with one stem (`a.png`, `a.jpg`; letters composed and in parts).
    """
    found: dict[str, Path] = {}
    twice = []
    for path in list_files(folder, suffixes):
        key = stem(name_below(path, folder))
        if not key.endswith(strip):
            continue
        key = key.removesuffix(strip)
        if key in found:
            twice.append(Problem(name_below(path, folder), f"same stem as {found[key].name}"))
        found[key] = path
    if twice:
        remedy = "Keep one file of each stem, and labels in a folder of their own"
        raise data_error(folder, twice, len(found) + len(twice), remedy)
    return found


def join(
    images: dict[str, Path], labels: dict[str, Path] | None, folder: Path, label_folder: Path | None
) -> list[Pair]:
    """Pairs sorted by name, without labels if none of the images has one.

    Raises:
        DataError: no images, or images without a label.
    """
    if not images:
        what = f"no image ({SHOWN_FORMATS}) below this folder{_other_formats(folder)}"
        raise DataError(folder, what, "Check the root and the split")
    if labels is not None and not images.keys() & labels.keys():
        labels = None  # an unlabelled split beside a labelled one
    if labels is not None:
        missing = [
            Problem(name_below(path, folder), why_alone(key, labels, "no label"))
            for key, path in images.items()
            if key not in labels
        ]
        if missing:
            remedy = f"Put labels of the same name below {label_folder}, or leave these images out"
            raise data_error(folder, missing, len(images), remedy)
    pairs = [
        Pair(name_below(path, folder), path, labels[key] if labels is not None else None)
        for key, path in images.items()
    ]
    return sorted(pairs)


def _other_formats(folder: Path) -> str:
    others = list_files(folder, OTHER_PICTURES, irregular=True)
    return f", {len(others)} of other formats ({others[0].suffix})" if others else ""


def no_orphans(images: dict[str, Path], labels: dict[str, Path], label_folder: Path) -> None:
    """Raises DataError for labels without an image."""
    alone = [key for key in labels if key not in images]
    orphans = []
    for number, key in enumerate(alone):
        why = why_alone(key, images, "no image") if number < MOST_REASONS else "no image"
        orphans.append(Problem(labels[key].relative_to(label_folder).as_posix(), why))
    if orphans:
        raise data_error(label_folder, orphans, len(labels), _remedy(orphans))


def why_alone(key: str, partners: dict[str, Path], otherwise: str) -> str:
    """Why a file has no partner: none at all, or one whose name differs in capitals."""
    other = other_capitals(key, partners)
    return otherwise if other is None else f"{otherwise}: {partners[other].name} differs in capitals"


def _remedy(orphans: list[Problem]) -> str:
    if all(LABEL_STUDIO.search(problem.name) for problem in orphans):
        return "Label Studio names masks by task and tag: join those of an image in one PNG with the name of the image"
    if any("differs in capitals" in problem.reason for problem in orphans):
        return "Give image and label the same name, capitals included"
    return "Put the images back or remove these labels"


def lines_of(path: Path) -> list[str]:
    """Non-empty lines of a text file in UTF-8, or UTF-16 with its mark (PowerShell); only the line end is taken off."""
    content = read_bytes(path, LARGEST_LIST, remedy="Write one image name per line")
    try:
        text = content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(path, "not a UTF-8 text file", "Write one image name per line") from error
    lines = text.split("\n" if "\n" in text else "\r")
    return [line.removesuffix("\r") for line in lines if line.strip()]


def select_listed(images: dict[str, Path], listing: Path, root: Path) -> dict[str, Path]:
    """The images that a list names: stems or relative paths, below the folder of images or below the root.

    Raises:
        DataError: names that are not there, or twice.
    """
    by_name = names_of(images, root)
    result, wrong = {}, []
    lines = lines_of(listing)
    for line in lines:
        key = find_name(line, by_name, root)
        if key is None or key in result:
            why = why_unknown(line, by_name, root) if key is None and len(wrong) < MOST_REASONS else "no such image"
            wrong.append(Problem(line, "twice in the list" if key else why))
        else:
            result[key] = images[key]
    if wrong:
        backslashes = any(problem.reason == WRITE_SLASHES for problem in wrong)
        remedy = "Write / in the list" if backslashes else "Correct the list or put the files back"
        raise data_error(listing, wrong, len(lines), remedy)
    return result


def names_of_pairs(pairs: list[Pair], root: Path | None) -> dict[str, str]:
    """What a list may call the images of a split -> their names: those, paths below the root, with suffix or not."""
    known = {pair.name: pair.name for pair in pairs}
    for pair in pairs:
        if root is not None and pair.image is not None and pair.image.is_relative_to(root):
            known[name_below(pair.image, root)] = pair.name
    return {stem(name): image for name, image in known.items()} | known


def names_of(images: dict[str, Path], root: Path) -> dict[str, str]:
    """What a list may call an image -> its key: path below the root, below the folder of images, with suffix or not."""
    by_name = {name_below(path, root): key for key, path in images.items()}
    return by_name | {stem(name): key for name, key in by_name.items()} | {key: key for key in images}
