"""Files that are whole or absent: atomic writes, hashes, folder scans, and the fault points that test them."""

import errno
import hashlib
import os
import platform
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import as_resource_error

_passages: Counter = Counter()
ASIDE = re.compile(r"\.tmp-keras_uda-(?P<host>[0-9a-f]{8})-(?P<owner>[1-9]\d*)-[0-9a-f]{16}\.part(\.\w+)?")


def fault_point(name: str) -> None:
    """Kills this process at the n-th passage if `KERAS_UDA_FAULT` is `<name>:<n>`; for tests only."""
    wanted = os.environ.get("KERAS_UDA_FAULT")
    if not wanted:
        return
    _passages[name] += 1
    if wanted == f"{name}:{_passages[name]}":
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def resource_errors(path: object) -> Iterator[None]:
    """Turns an `OSError` inside the block into a `ResourceError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise as_resource_error(error, path) from error
    except Exception as error:  # TensorFlow tells of a full disk in a class that means memory elsewhere
        if isinstance(error, UdaError) or os.strerror(errno.ENOSPC) not in str(error):
            raise
        raise as_resource_error(OSError(errno.ENOSPC, ""), path) from error


def require_writable(folder: Path) -> None:
    """Raises ResourceError now if a folder could not be made, or nothing written into it, at the end of long work."""
    place = folder
    while not place.exists():
        place = place.absolute().parent
    aside = aside_of(place / "writable")
    with resource_errors(folder):
        aside.touch()
        aside.unlink()


def sync(path: Path) -> None:
    """Flushes a file or a folder entry to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:length]


def aside_of(path: Path, suffix: str = "") -> Path:
    """Where a file is written before it is renamed to `path`: beside it, under a name that nobody else gives.

    Args:
        path: of the finished file; its name stands there as a hash, as it may be as long as names can be.
        suffix: for writers that go by it.
    """
    host, name = _digest(platform.node(), 8), _digest(path.name, 16)
    return path.with_name(f".tmp-keras_uda-{host}-{os.getpid()}-{name}.part{suffix}")


def remove_orphans(folder: Path) -> None:
    """Removes the files of `aside_of` whose process on this machine is gone; everything else in `folder` stays."""
    for entry in list(folder.glob(".tmp-keras_uda-*")):
        match = ASIDE.fullmatch(entry.name)
        ours = match and match["host"] == _digest(platform.node(), 8) and entry.is_file() and not entry.is_symlink()
        if ours and not Path(f"/proc/{match['owner']}").exists():
            remove(entry)


def atomic_write(path: Path | str, content: bytes | str) -> None:
    """Writes a file aside, flushes it, and renames it into place: readers see the old or the new one, never half."""
    path = Path(path)
    aside = aside_of(path)
    with resource_errors(path):
        try:
            aside.write_bytes(content.encode() if isinstance(content, str) else content)
            sync(aside)
            fault_point("file-before-rename")
            os.replace(aside, path)
            sync(path.parent)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


@contextmanager
def atomic_folder(final: Path | str) -> Iterator[Path]:
    """Yields a `.tmp-*` sibling of `final`; renamed to `final` at the end, removed if the block fails.

    Raises:
        ResourceError: `final` exists already, or the disk refuses.
    """
    final = Path(final)
    aside = final.with_name(f".tmp-{final.name}-{os.getpid()}")
    with resource_errors(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        remove(aside)
        aside.mkdir()
        fault_point("folder-made")
        try:
            yield aside
            for folder, _, names in os.walk(aside):
                for name in names:
                    sync(Path(folder) / name)
                sync(Path(folder))
            fault_point("folder-before-rename")
            os.rename(aside, final)
        except BaseException:
            remove(aside)
            raise
        fault_point("folder-after-rename")
        sync(final.parent)


def remove(path: Path) -> None:
    """Removes a file or a folder tree if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Removes the `.tmp-*` entries that a killed process left in `folder`."""
    if folder.is_dir():
        for entry in list(folder.iterdir()):
            if entry.name.startswith(".tmp-"):
                remove(entry)


def sha256(path: Path | str) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
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
    folder, wanted, found, seen = Path(folder), tuple(suffixes), [], set()
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "Check the root in the configuration or on the command line")

    def visit(place: Path) -> None:
        status = place.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        for entry in os.scandir(place):
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                visit(Path(entry.path))
            elif entry.name.lower().endswith(wanted):
                if not irregular and os.path.exists(entry.path) and not entry.is_file():
                    raise DataError(entry.path, "not a regular file", "Remove it from the folder")
                found.append(Path(entry.path))

    with resource_errors(folder):
        visit(folder)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())
