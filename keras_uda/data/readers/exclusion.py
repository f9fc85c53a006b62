"""Images that a list leaves out; a name that is no image is told, since it would leave out nothing."""

from pathlib import Path
from pathlib import PureWindowsPath

from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import read_bytes
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.file_names import WRITE_SLASHES
from keras_uda.data.readers.file_names import find_name
from keras_uda.data.readers.file_names import name_below
from keras_uda.data.readers.file_names import stem
from keras_uda.data.readers.file_names import why_unknown
from keras_uda.data.readers.pairing import LARGEST_LIST
from keras_uda.data.readers.pairing import MOST_REASONS
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import lines_of
from keras_uda.data.readers.pairing import names_of_pairs


def left_out(root: Path, choice: str | None, pairs: list[Pair]) -> set[str]:
    """Names of the images of a split that are left out. Names of another split are right too, and change nothing.

    Args:
        root: folder of the data.
        choice: `FILE` (one name per line) or `FILE:KEY` (a list in a JSON file), below `root`; None leaves none out.
        pairs: of the split.
    Raises:
        DataError: no such file, or names with backslashes.
        UsageError: no such list in a JSON file.
    """
    if choice is None:
        return set()
    known = names_of_pairs(pairs, root)
    names = _names(root, choice)
    found = {name: find_name(name, known, root) for name in names}
    if None in found.values():
        _tell_unknown(root, choice, [name for name, image in found.items() if image is None], len(names))
    return {image for image in found.values() if image is not None}


def _names(root: Path, choice: str) -> list[str]:
    name, key = split_choice(root, choice)
    path = root / name
    if not path.is_file():
        raise DataError(path, "no such file, but `exclude` names it", "Correct data.*.exclude")
    return _listed(path, key) if key else lines_of(path)


def split_choice(root: Path, choice: str) -> tuple[str, str]:
    """(file, key of a list in it or nothing) of `FILE` or `FILE:KEY`; names with colons and `C:\\...` are files."""
    name, _, key = choice.rpartition(":")
    drive_alone = f"{name}:" == PureWindowsPath(choice).drive
    if (root / choice).is_file() or not name or (drive_alone and not (root / name).is_file()):
        return choice, ""
    return name, key


def _listed(path: Path, key: str) -> list[str]:
    try:
        names = parse_json(read_bytes(path, LARGEST_LIST))[key]
        if not isinstance(names, list):
            raise KeyError(key)
    except (ValueError, KeyError) as error:
        raise UsageError("data.*.exclude", f"{path} has no list `{key}`", "Write FILE:KEY of a JSON file") from error
    return [str(name) for name in names]


def _tell_unknown(root: Path, choice: str, names: list[str], of: int) -> None:
    everywhere: dict[str, str] = {}
    for path in list_files(root, SUFFIXES, irregular=True):
        parts = stem(name_below(path, root)).split("/")
        everywhere |= {"/".join(parts[start:]): path.name for start in range(len(parts))}
    unknown = [name for name in names if find_name(name, everywhere, root) is None]
    reasons = {name: why_unknown(name, everywhere, root) for name in unknown[:MOST_REASONS]}
    reasons |= dict.fromkeys(unknown[MOST_REASONS:], "no such image")
    wrong = [Problem(name, reason) for name, reason in reasons.items() if reason == WRITE_SLASHES]
    if wrong:
        raise data_error(root / choice, wrong, of, "Write / in the list")
    for name, reason in list(reasons.items())[:1]:
        warn(f"{root / choice}: {len(reasons)} of {of} names match nothing, the first is {name} ({reason})")
