"""Where the cache is, and by which keys its files are named."""

import hashlib
import os
from pathlib import Path

from platformdirs import user_cache_path

from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.errors import ResourceError
from keras_uda.core.files import home_path

NO_CACHE = "Set --data.cache DIR, or XDG_CACHE_HOME, to a folder that can be written"


def cache_folder(choice: str | None) -> Path:
    """`data.cache`, or the folder where this system keeps caches (Linux: `$XDG_CACHE_HOME/keras_uda`)."""
    if choice is not None:
        return home_path(choice, "--data.cache")
    try:
        folder = user_cache_path("keras_uda", appauthor=False)
    except RuntimeError:
        folder = None
    if folder is None or not folder.is_absolute():  # no HOME, as in a container with a number for a user
        raise ResourceError("cache", "there is no home folder for prepared files", NO_CACHE)
    return folder


def make_folders(*folders: Path) -> None:
    """Folders of the cache, without what a killed process left half done in them."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        remove_dead_leftovers(folder)


def mark_of(path: str) -> list[int] | None:
    """What changes when a file changes; None if it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def key_of(*parts: object) -> str:
    """A short hash of all that a file of the cache depends on."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
