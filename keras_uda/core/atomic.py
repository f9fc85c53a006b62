"""Files and folders that are whole or absent: written aside, flushed, renamed into place.

Everything written aside has one form of name, `.tmp-keras_uda-<host>-<token>.part`, and beside it a lock of that name,
which its owner holds. So what a killed process left can be told from what a living one writes, and from all else.
"""

import hashlib
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from keras_uda.core.errors import InUse
from keras_uda.core.errors import ResourceError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.files import sync
from keras_uda.core.locks import exclusive

ASIDE = re.compile(r"(?P<stem>\.tmp-keras_uda-(?P<host>[0-9a-f]{8})-[0-9a-f]{16})\.(lock|part(\.[\w.]+)?)")


def _host() -> str:
    return hashlib.sha256(os.fsencode(platform.node())).hexdigest()[:8]


@contextmanager
def aside_of(path: Path, suffix: str = "") -> Iterator[Path]:
    """A new name beside `path`, for a file or a folder that is renamed to `path` when it is whole.

    What is still under that name at the end of the block is removed.

    Args:
        path: of the finished file or folder, in a folder that exists.
        suffix: for writers that go by it.
    """
    with ExitStack() as stack:
        aside = path.with_name(f"{_locked_stem(path, stack)}.part{suffix}")
        try:
            yield aside
        finally:
            with suppress(OSError):
                remove(aside)


def _locked_stem(path: Path, stack: ExitStack) -> str:
    while True:
        stem = f".tmp-keras_uda-{_host()}-{secrets.token_hex(8)}"
        with suppress(InUse):  # by somebody who cleans: the file of a lock is there a moment before it is locked
            with suppress(OSError):  # a disk without locks: what a kill leaves there stays
                stack.enter_context(exclusive(path.with_name(f"{stem}.lock"), path, ""))
            return stem


def remove_dead_leftovers(folder: Path) -> None:
    """Removes what `aside_of` left in `folder` when its owner, on this machine, was killed; everything else stays."""
    found: dict[str, list[Path]] = {}
    with suppress(OSError):
        for entry in os.scandir(folder):
            match = ASIDE.fullmatch(entry.name)
            if match and match["host"] == _host() and not entry.is_symlink():
                found.setdefault(match["stem"], []).append(Path(entry.path))
    for stem, entries in found.items():
        lock = Path(folder) / f"{stem}.lock"
        with suppress(InUse, ResourceError, OSError), exclusive(lock, lock, ""):
            for entry in entries:
                if entry != lock:
                    remove(entry)


def atomic_write(path: Path | str, content: bytes | str) -> None:
    """Writes a file in a folder that exists: readers see the old or the new one, never half."""
    path = Path(path)
    with resource_errors(path), aside_of(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)
        sync(aside)
        fault_point("file-before-rename")
        os.replace(aside, path)
        sync(path.parent)


@contextmanager
def atomic_folder(final: Path | str) -> Iterator[Path]:
    """Yields a folder beside `final`; renamed to `final` at the end, removed if the block fails.

    Raises:
        ResourceError: `final` exists already, or the disk refuses.
    """
    final = Path(final)
    with resource_errors(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        with aside_of(final) as aside:
            aside.mkdir()
            fault_point("folder-made")
            yield aside
            for folder, _, names in os.walk(aside):
                for name in names:
                    sync(Path(folder) / name)
                sync(Path(folder))
            fault_point("folder-before-rename")
            os.rename(aside, final)
            fault_point("folder-after-rename")
        sync(final.parent)


def require_writable(folder: Path) -> None:
    """Raises ResourceError now if a folder could not be made, or nothing written into it, at the end of long work."""
    place = folder
    while not os.path.lexists(place):
        place = place.absolute().parent
    with resource_errors(folder), aside_of(place / "writable") as aside:
        aside.touch()
