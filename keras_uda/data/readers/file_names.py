"""Names as people write them in lists and tags: `./`, absolute paths, letters in parts (macOS), backslashes."""

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from keras_uda.data.formats.images import SUFFIXES

LABEL_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".npy")
KNOWN_SUFFIXES = tuple(dict.fromkeys((*LABEL_SUFFIXES, *SUFFIXES)))
WRITE_SLASHES = "write / in place of backslashes"
FIRST_OF_TWO = re.compile(rf"(.+?({'|'.join(map(re.escape, SUFFIXES))}))[ \t,;]+\S", re.IGNORECASE)
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


def stem(path: str) -> str:
    """`cam 1/0001.left.PNG` -> `cam 1/0001.left`; only suffixes of pictures are taken off."""
    suffix = Path(path).suffix
    return path[: -len(suffix)] if suffix.lower() in KNOWN_SUFFIXES else path


def composed(name: str) -> str:
    """One spelling for letters that some systems store in parts (NFC): `o` and two dots are `ö`."""
    return unicodedata.normalize("NFC", name)


def name_below(path: Path, folder: Path) -> str:
    """What an image is called: its path below a folder, with `/`, letters composed."""
    text, start = os.fspath(path), os.path.join(folder, "")
    below = text[len(start) :] if text.startswith(start) else os.fspath(path.relative_to(folder))
    return composed(below.replace(os.sep, "/"))


def plain_name(text: str, root: Path | None = None) -> str:
    """A name of a list as `name_below` gives it: without `./`, and relative where it is a path below `root`."""
    name = posixpath.normpath(composed(text)) if text else text
    if root is not None and os.path.isabs(name):
        for base in (Path(os.path.abspath(root)), root.resolve()):
            start = composed(base.as_posix()) + "/"
            if name.startswith(start):
                return name.removeprefix(start)
    return name


def find_name(text: str, known: dict[str, str], root: Path | None) -> str | None:
    """The value of a name of a list in a table of names, with suffix or without; None where it is not there.

    Of a line with the label behind the image, the image counts.

    Args:
        text: a line of the list.
        known: names below the root, below the folder of the images, and stems.
        root: folder of the data. Of absolute paths of another machine the end counts, from a folder on.
    """
    for one in (text, text.strip()):
        name = plain_name(one, root)
        for candidate in (name, stem(name)):
            if candidate in known:
                return known[candidate]
    parts = plain_name(text.strip(), root).split("/")
    tails = ("/".join(parts[start:]) for start in range(1, len(parts) - 1)) if len(parts) > 2 else ()
    found = next((known[stem(tail)] for tail in tails if stem(tail) in known), None)
    first = FIRST_OF_TWO.match(text.strip())
    return find_name(first.group(1), known, root) if found is None and first else found


def why_unknown(text: str, known: dict[str, str], root: Path | None) -> str:
    """Why `find_name` finds nothing, in words."""
    if "\\" in text and find_name(text.replace("\\", "/"), known, root) is not None:
        return WRITE_SLASHES
    other = other_capitals(stem(plain_name(text.strip(), root)), known)
    if other is not None:
        return f"there is {other}: only capitals differ"
    if ABSOLUTE.match(text.strip()):
        return "an absolute path, and no such image below the root"
    return "no such image"


def other_capitals(name: str, known: Iterable[str]) -> str | None:
    """A name that differs in capitals only."""
    folded = name.casefold()
    return next((other for other in known if other != name and other.casefold() == folded), None)
