"""Files: what a disk refuses in one line, flushing, removing, hashes, lists of a folder."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import as_resource_error
from keras_uda.core.outside import opened


@contextmanager
def resource_errors(path: object, remedy: str | None = None) -> Iterator[None]:
    """Turns an `OSError` inside the block into a `ResourceError` that names `path`.

    Args:
        path: file or folder.
        remedy: in place of the usual one, where a folder cannot be written or does not exist.
    """
    try:
        yield
    except OSError as error:
        found = as_resource_error(error, path)
        if remedy is not None and error.errno != errno.ENOSPC:
            found = ResourceError(path, found.what, remedy)
        raise found from error
    except ValueError as error:
        if "null byte" not in str(error):
            raise
        raise UsageError(path, "a name that no file can have", "Choose another name") from error
    except Exception as error:  # TensorFlow tells of a full disk in a class that means memory elsewhere
        if isinstance(error, UdaError) or os.strerror(errno.ENOSPC) not in str(error):
            raise
        raise as_resource_error(OSError(errno.ENOSPC, ""), path) from error


def home_path(path: str | Path, key: str) -> Path:
    """The path with `~` and `~name` as what they stand for.

    Args:
        path: as the user gives it.
        key: that it was given as, for the message.
    Raises:
        DataError: there is no such user, or no home folder, as in some containers.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        what = "there is no home folder that `~` could stand for"
        raise DataError(path, what, f"Write the whole path: {key} PATH") from error


def sync(path: Path) -> None:
    """Flushes a file or a folder entry to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows flushes no folders
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Removes a file or a folder tree if it is there."""
    if path.is_dir() and not path.is_symlink():
        try:
            shutil.rmtree(path, ignore_errors=True)
        except RecursionError:  # folders nested deeper than calls can be
            for place in reversed(list(folders_below(path))):
                shutil.rmtree(place, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sha256(path: Path | str, error: type[UdaError] = DataError) -> str:
    """SHA-256 of a regular file, in hexadecimal; `error` is raised where there is none."""
    with opened(path, error=error) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def list_files(folder: Path, suffixes: Iterable[str], irregular: bool = False) -> list[Path]:
    """All files below `folder` with one of `suffixes` (lower case, with dot), sorted by relative path.

    Follows links, visits every folder once (a link to itself ends), skips hidden entries, never treats a name as a
    pattern.

    Args:
        folder, suffixes: as said.
        irregular: list pipes and devices too, for readers that refuse them one by one, instead of raising.
    Raises:
        DataError: the folder is missing, or an entry with such a suffix is not a regular file (a pipe, a device).
    """
    folder, wanted, found = Path(folder), tuple(suffixes), []
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "Check the root in the configuration or on the command line")
    for entry in entries_below(folder):
        if entry.name.lower().endswith(wanted):
            if not irregular and os.path.exists(entry.path) and not entry.is_file():
                raise DataError(entry.path, "not a regular file", "Remove it from the folder")
            found.append(Path(entry.path))
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def entries_below(folder: Path) -> Iterator[os.DirEntry]:
    """Everything below `folder` that is no folder, hidden entries left out; links are followed, each folder comes once.

    It calls nothing deeper and deeper, as `os.walk` does: folders may be nested deeper than calls can be.
    """
    waiting, seen = [os.fspath(folder)], set()
    while waiting:
        place = waiting.pop()
        with resource_errors(place):
            status = os.stat(place)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            entries = [entry for entry in os.scandir(place) if not entry.name.startswith(".")]
            folders = [entry.path for entry in entries if is_folder(entry)]
        waiting += folders
        inside = set(folders)
        yield from (entry for entry in entries if entry.path not in inside)


def folders_below(folder: Path) -> Iterator[Path]:
    """A folder and all folders in it, hidden ones too; no link is followed."""
    waiting = [Path(folder)]
    while waiting:
        place = waiting.pop()
        yield place
        with resource_errors(place):
            waiting += [Path(entry.path) for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False)]


def links_out_of(folder: Path) -> Iterator[Path]:
    """Links, anywhere in a folder, to folders outside of it."""
    root = os.path.realpath(folder)
    for place in folders_below(folder):
        with resource_errors(place):
            links = [entry for entry in os.scandir(place) if entry.is_symlink() and is_folder(entry)]
        for link in links:
            if not Path(os.path.realpath(link)).is_relative_to(root):
                yield Path(link.path)


def is_folder(entry: os.DirEntry) -> bool:
    """Whether it is one, or a link to one; a link that leads to itself is none, and its reader names it."""
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return False
