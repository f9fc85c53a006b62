"""Locks between processes. The system frees one when its owner dies, whatever kills it and whoever gets its number."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from keras_uda.core.errors import InUse
from keras_uda.core.outside import open_own


@contextmanager
def exclusive(lock: Path, of: Path, remedy: str, what: str = "in use by") -> Iterator[None]:
    """Keeps every other process out while the block runs; the lock file goes with it.

    Args:
        lock: file that is locked, in a folder that exists.
        of: what it stands for, named in the error.
        remedy: of the error.
        what: of the error, before the name of the owner.
    Raises:
        InUse: another living process has it; the line names the process and its machine.
        ResourceError: a link, a pipe, a folder is in its place.
        OSError: the file cannot be made, or this disk knows no locks.
    """
    descriptor = _open_locked(lock)
    if descriptor is None:
        raise InUse(of, f"{what} {_owner(lock)}", remedy)
    try:
        with suppress(OSError):  # a full disk: the lock holds without the name of its owner
            os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        _remove(lock)  # before the lock is free: in between, somebody could take a lock whose file then vanishes
        os.close(descriptor)
        if os.name == "nt":  # removes no file that is open, by us or by the next owner
            _remove(lock)


def _remove(lock: Path) -> None:
    with suppress(OSError):
        lock.unlink()


def _open_locked(lock: Path) -> int | None:
    """The descriptor of the locked file; None if somebody else holds it."""
    from filelock import lock_descriptor  # on use: its import takes a quarter of the time of `--help`

    while True:
        descriptor = open_own(lock, os.O_RDWR)
        held = False
        try:
            held = lock_descriptor(descriptor, blocking=False)
            if not held:
                return None
            if _is_still(lock, descriptor):
                os.ftruncate(descriptor, 0)
                return descriptor
            held = False  # its last owner removed the file between the two calls: again with the new one
        finally:
            if not held:
                os.close(descriptor)


def _is_still(lock: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(lock))
    except FileNotFoundError:
        return False


def _owner(lock: Path) -> str:
    with suppress(OSError):  # Windows lets nobody else read a locked file
        return lock.read_text(errors="replace").strip() or "another process"
    return "another process"
