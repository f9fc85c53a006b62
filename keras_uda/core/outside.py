"""Files that come from outside: the door through which every one of them is opened.

What a user, a stranger's folder or a broken disk holds under a name may be a pipe that never ends, a device, a folder,
a link to itself or a sparse file of terabytes. So a file is opened here as a regular one, of a size that its kind can
have, before one byte of it is read; JSON (`json_records`), YAML (`strict_yaml`) and arrays (`arrays`) are read through
this module. A library that must open by itself is preceded by `require_regular`. Every refusal is an error of the class
that the caller names, with the file, what was found and the remedy of the caller.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from typing import TextIO

from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import as_resource_error

MEGABYTE = 1_000_000
LARGEST_PIXELS = 64_000_000  # of a picture
LARGEST_TEXT = 16 * MEGABYTE
LARGEST_WEIGHTS = 8000 * MEGABYTE
REMEDY = "Check the file"
UNREADABLE, READABLE = "no permission to read it", "Change its mode, or run as its owner"
IRREGULAR = {
    stat.S_ISDIR: "a folder where a file is needed",
    stat.S_ISFIFO: "a pipe, not a regular file",
    stat.S_ISSOCK: "a socket, not a regular file",
    stat.S_ISCHR: "a device, not a regular file",
    stat.S_ISBLK: "a device, not a regular file",
}
NOT_OWN = {stat.S_ISLNK: "a link"} | IRREGULAR
NO_FILE = {
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "no such file",
    errno.ELOOP: "a link that leads to itself",
    errno.ENAMETOOLONG: "a name longer than files can have",
}


def require_regular(
    path: Path | str, most_bytes: int | None = None, *, error: type[UdaError] = DataError, remedy: str = REMEDY
) -> int:
    """The size of a regular file; a link to one is followed.

    Args:
        path: of the file.
        most_bytes: that such a file can have; None: any number.
        error: class of the refusal, which decides the exit code.
        remedy: of the refusal.
    Raises:
        error: missing, a folder, a pipe, a device, a link to itself, a name that no file can have, or too large.
        ResourceError: no permission, or the disk fails.
    """
    with _refusals(path, error, remedy):
        size = _checked(os.stat(path), path, most_bytes, error, remedy)
        if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))  # a library would say it in its own words
        return size


def is_there(path: Path | str) -> bool:
    """Whether a folder has an entry of this name, whatever it is.

    Raises:
        ResourceError: no permission to look into the folder: what it holds is unknown, and not nothing.
    """
    try:
        os.lstat(path)
        return True
    except PermissionError as failure:
        raise ResourceError(path, UNREADABLE, READABLE) from failure
    except (OSError, ValueError):  # nothing, or a name that no file can have
        return False


@contextmanager
def opened(
    path: Path | str, most_bytes: int | None = None, *, error: type[UdaError] = DataError, remedy: str = REMEDY
) -> Iterator[BinaryIO]:
    """A regular file, open for reading bytes; what the block raises passes.

    Arguments and errors as of `require_regular`.
    """
    with _refusals(path, error, remedy):
        _checked(os.stat(path), path, most_bytes, error, remedy)  # before it is opened: opening can move a device
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)  # a pipe that came in between does not block
    with os.fdopen(descriptor, "rb") as stream:
        _checked(os.fstat(descriptor), path, most_bytes, error, remedy)
        yield stream


def open_own(path: Path | str, flags: int) -> int:
    """Descriptor of a regular file that is written where it lies, made if it is not there.

    A folder of others may hold under its name a link to a file of ours, or a pipe that nobody reads.

    Args:
        path: of the file, in a folder that exists.
        flags: of `os.open`, how it is written.
    Raises:
        ResourceError: something else is there. OSError: the file cannot be made or opened.
    """
    if os.path.lexists(path):
        _require_own(os.lstat(path), path)
    flags |= os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        _require_own(os.fstat(descriptor), path)
    except ResourceError:
        os.close(descriptor)
        raise
    return descriptor


def _require_own(status: os.stat_result, path: Path | str) -> None:
    found = next((what for test, what in NOT_OWN.items() if test(status.st_mode)), None)
    if found is not None:
        raise ResourceError(path, f"{found}, and this file is written", "Remove it")


@contextmanager
def appended(path: Path | str) -> Iterator[TextIO]:
    """A text file of our own, to write at its end; errors as of `open_own`, an `OSError` as a `ResourceError`."""
    try:
        descriptor = open_own(path, os.O_WRONLY | os.O_APPEND)
        with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise as_resource_error(error, path) from error


def read_bytes(path: Path | str, most_bytes: int, *, error: type[UdaError] = DataError, remedy: str = REMEDY) -> bytes:
    """The content of a regular file of at most `most_bytes`; arguments and errors as of `require_regular`."""
    with opened(path, most_bytes, error=error, remedy=remedy) as stream, _refusals(path, error, remedy):
        content = stream.read(most_bytes + 1)  # files of the system have no size, and some have no end
    if len(content) > most_bytes:
        raise error(path, _too_large(most_bytes), remedy)
    return content


def read_text(
    path: Path | str,
    most_bytes: int = LARGEST_TEXT,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
    damaged: str = "strict",
) -> str:
    """The text of a UTF-8 file, without its byte order mark; arguments and errors as of `read_bytes`.

    Args:
        damaged: what becomes of bytes that are no UTF-8; "strict": `error`, "replace": a mark in their place.
    """
    content = read_bytes(path, most_bytes, error=error, remedy=remedy)
    try:
        return content.decode("utf-8-sig", errors=damaged)
    except UnicodeDecodeError as failure:
        raise error(path, "not a UTF-8 text file", remedy) from failure


def inside(folder: Path | str, name: object, *, error: type[UdaError] = DataError, remedy: str = REMEDY) -> Path:
    """The path that a file of `folder` names, which lies in that folder when every link is followed.

    Args:
        folder: that nothing may lead out of.
        name: as the file says it, whatever it is.
        error, remedy: as of `require_regular`.
    Raises:
        error: no text, an absolute path, `..`, or a link that leads out of the folder.
    """
    if not isinstance(name, str) or not name:
        raise error(folder, "a file in it names another one by what is no name", remedy)
    with _refusals(name, error, remedy):
        root, place = (Path(os.path.realpath(way)) for way in (folder, Path(folder) / name))
    if place == root or not place.is_relative_to(root) or ".." in Path(name).parts or Path(name).is_absolute():
        raise error(name, f"not in the folder {folder}", remedy)
    return Path(folder) / name


@contextmanager
def _refusals(path: Path | str, error: type[UdaError], remedy: str) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno in NO_FILE:
            raise error(path, NO_FILE[failure.errno], remedy) from failure
        if isinstance(failure, PermissionError):
            raise ResourceError(path, UNREADABLE, READABLE) from failure
        raise as_resource_error(failure, path) from failure
    except ValueError as failure:  # a NUL or half a character of two
        raise error(path, "a name that no file can have", remedy) from failure


def _checked(
    status: os.stat_result, path: Path | str, most_bytes: int | None, error: type[UdaError], remedy: str
) -> int:
    for test, what in IRREGULAR.items():
        if test(status.st_mode):
            raise error(path, what, remedy)
    if most_bytes is not None and status.st_size > most_bytes:
        raise error(path, _too_large(most_bytes), remedy)
    return status.st_size


def _too_large(most_bytes: int) -> str:
    size = f"{most_bytes // MEGABYTE} MB" if most_bytes >= MEGABYTE else f"{most_bytes} bytes"
    return f"larger than {size}"
