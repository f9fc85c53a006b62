"""Where the cache is."""

from pathlib import Path

from platformdirs import user_cache_path

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
