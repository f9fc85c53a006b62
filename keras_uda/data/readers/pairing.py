"""Joins images and labels by the relative path without suffix, and names everything that does not fit."""

import json
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from pathlib import PureWindowsPath
from typing import NamedTuple

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.core.files import resource_errors
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error

LABEL_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".npy")
KNOWN_SUFFIXES = (*LABEL_SUFFIXES, ".webp")


class Pair(NamedTuple):
    """One sample on disk.

    Args:
        name: path of the image below the folder of images, with suffix; unique in its domain.
        image: its file; None for a frame of the built-in world.
        label: its label file, None without one.
        frame: number of a frame of the built-in world.
    """

    name: str
    image: Path | None
    label: Path | None
    frame: int = -1


def stem(path: str) -> str:
    """`cam 1/0001.left.PNG` -> `cam 1/0001.left`; only suffixes of pictures are taken off."""
    suffix = Path(path).suffix
    return path[: -len(suffix)] if suffix.lower() in KNOWN_SUFFIXES else path


def by_stem(folder: Path, suffixes: Iterable[str], strip: str = "") -> dict[str, Path]:
    """Relative stem -> file, for all pictures below a folder.

    Args:
        strip: end of the stems of interest (`_leftImg8bit`), taken off; files without it are left out.
    Raises:
        DataError: no such folder, or two files with one stem (`a.png`, `a.jpg`).
    """
    found: dict[str, Path] = {}
    twice = []
    for path in list_files(folder, suffixes):
        key = stem(path.relative_to(folder).as_posix())
        if not key.endswith(strip):
            continue
        key = key.removesuffix(strip)
        if key in found:
            twice.append(Problem(path.relative_to(folder).as_posix(), f"same stem as {found[key].name}"))
        found[key] = path
    if twice:
        raise data_error(folder, twice, len(found) + len(twice), "Keep one file of each stem")
    return found


def join(
    images: dict[str, Path], labels: dict[str, Path] | None, folder: Path, label_folder: Path | None
) -> list[Pair]:
    """Pairs sorted by name, without labels if none of the images has one.

    Raises:
        DataError: no images, or images without a label.
    """
    if not images:
        raise DataError(folder, "no image (PNG, JPEG, BMP) below this folder", "Check the root and the split")
    if labels is not None and not images.keys() & labels.keys():
        labels = None  # an unlabelled split beside a labelled one
    if labels is not None:
        missing = [
            Problem(images[key].relative_to(folder).as_posix(), "no label") for key in images if key not in labels
        ]
        if missing:
            remedy = f"Put labels of the same name below {label_folder}, or leave these images out"
            raise data_error(folder, missing, len(images), remedy)
    pairs = [
        Pair(path.relative_to(folder).as_posix(), path, labels[key] if labels is not None else None)
        for key, path in images.items()
    ]
    return sorted(pairs)


def no_orphans(images: dict[str, Path], labels: dict[str, Path], label_folder: Path) -> None:
    """Raises DataError for labels without an image."""
    orphans = [
        Problem(path.relative_to(label_folder).as_posix(), "no image")
        for key, path in labels.items()
        if key not in images
    ]
    if orphans:
        raise data_error(label_folder, orphans, len(labels), "Put the images back or remove these labels")


def lines_of(path: Path) -> list[str]:
    """Non-empty lines of a UTF-8 text file; only the line end is taken off."""
    with resource_errors(path):
        content = path.read_bytes()
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(path, "not a UTF-8 text file", "Write one image name per line") from error
    return [line.removesuffix("\r") for line in lines if line.strip()]


def select_listed(images: dict[str, Path], listing: Path, root: Path) -> dict[str, Path]:
    """The images that a list names: stems or relative paths, below the folder of images or below the root.

    Raises:
        DataError: names that are not there, or twice.
    """
    by_name = {path.relative_to(root).as_posix(): key for key, path in images.items()}
    by_name |= {stem(name): key for name, key in by_name.items()} | {key: key for key in images}
    result, wrong = {}, []
    lines = lines_of(listing)
    for line in lines:
        key = by_name.get(line, by_name.get(stem(line.strip()), by_name.get(line.strip())))
        if key is None or key in result:
            wrong.append(Problem(line, "twice in the list" if key in result else "no such image"))
        else:
            result[key] = images[key]
    if wrong:
        raise data_error(listing, wrong, len(lines), "Correct the list or put the files back")
    return result


def exclusion(root: Path, choice: str | None) -> Callable[[str], bool]:
    """A function that says whether an image is left out.

    Args:
        choice: `FILE` (one name per line) or `FILE:KEY` (a list in a JSON file), below `root`; None leaves none out.
    """
    if choice is None:
        return lambda name: False
    name, key = split_choice(root, choice)
    path = root / name
    if not path.is_file():
        raise DataError(path, "no such file, but `exclude` names it", "Correct data.*.exclude")
    names = _listed(path, key) if key else lines_of(path)
    left_out = set(names) | {stem(name) for name in names}
    return lambda name: name in left_out or stem(name) in left_out


def split_choice(root: Path, choice: str) -> tuple[str, str]:
    """(file, key of a list in it or nothing) of `FILE` or `FILE:KEY`; names with colons and `C:\\...` are files."""
    name, _, key = choice.rpartition(":")
    drive_alone = f"{name}:" == PureWindowsPath(choice).drive
    if (root / choice).is_file() or not name or (drive_alone and not (root / name).is_file()):
        return choice, ""
    return name, key


def _listed(path: Path, key: str) -> list[str]:
    try:
        names = json.loads(path.read_bytes())[key]
        if not isinstance(names, list):
            raise KeyError(key)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("data.*.exclude", f"{path} has no list `{key}`", "Write FILE:KEY of a JSON file") from error
    return [str(name) for name in names]
