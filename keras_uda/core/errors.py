"""What can go wrong for a user, each with its exit code and one line: where, what, remedy."""

import difflib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager

from keras_uda.core.console import printable

LONGEST_LINE = 300


class UdaError(Exception):
    """An error of the user's world.

    Args:
        where: file, folder or configuration key.
        what: what is wrong there, with the value received.
        remedy: what to do about it.
    """

    exit_code = 1

    def __init__(self, where: object, what: str, remedy: str):
        end = "" if remedy.endswith(("?", "!")) else "."
        super().__init__(f"{where}: {what.rstrip('.')}. {remedy.rstrip('.')}{end}")
        self.where, self.what, self.remedy = str(where), what, remedy

    def __reduce__(self):  # an error of another process arrives as it was
        return type(self), (self.where, self.what, self.remedy)


@contextmanager
def placed(general: Mapping[str, str]) -> Iterator[None]:
    """Errors inside name one key, where what raised them knew only that it is one of several.

    Args:
        general: words of messages -> what stands in their place.
    """
    try:
        yield
    except UdaError as error:
        for words, key in general.items():
            parts = (one.replace(words, key) for one in (error.where, error.what, error.remedy))
            error.where, error.what, error.remedy = parts
        error.args = UdaError(error.where, error.what, error.remedy).args
        raise


class UsageError(UdaError):
    """A flag or a configuration that cannot be meant."""

    exit_code = 2


class ConfigurationError(ValueError):
    """What a method, a part of it or a network was given cannot be meant; training makes a `UsageError` of it.

    Args:
        what: is wrong, with the value received.
        remedy: what to do about it.
    """

    _keras_call_info_injected = True  # Keras then hands it on as it is, instead of setting it among words of its own

    def __init__(self, what: str, remedy: str = "See docs/methods"):
        super().__init__(f"{what}. {remedy}.")
        self.what, self.remedy = what, remedy


class DataError(UdaError):
    """Images, labels, footage or lists that cannot be used."""

    exit_code = 3


class ArtefactError(UdaError):
    """A checkpoint, weights file or exported model that cannot be used."""

    exit_code = 4


class NumericsError(UdaError):
    """NaN or infinity in training."""

    exit_code = 5


class ResourceError(UdaError):
    """Disk, memory or permission."""

    exit_code = 6


class ServerError(UdaError):
    """A server or a network that does not answer as it should."""

    exit_code = 7


class PartialResult(UdaError):
    """Finished, but some inputs were left out; the list has been written."""

    exit_code = 8


class InUse(UdaError):
    """Another living process owns the run folder."""

    exit_code = 9


class Interrupted(UdaError):
    """Stopped by a signal, in training after a clean checkpoint: 130 for SIGINT, 143 for SIGTERM."""

    def __init__(self, signal_number: int, where: object, remedy: str):
        super().__init__(where, "stopped by a signal", remedy)
        self.exit_code = 128 + signal_number


class Terminated(KeyboardInterrupt):
    """SIGTERM came. What cleans up after Ctrl-C cleans up after it as well."""


def interrupted(error: KeyboardInterrupt, remedy: str = "Run the same command again to continue") -> Interrupted:
    """The one-line form of Ctrl-C or SIGTERM."""
    if isinstance(error, Terminated):
        return Interrupted(signal.SIGTERM, "SIGTERM", remedy)
    return Interrupted(signal.SIGINT, "Ctrl-C", remedy)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is nearly `word`, if any; `cutoff` is the least likeness, 0 to 1."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The remedy for a word that is none of the known ones: the nearest of them, else `otherwise`, else all of them."""
    found = nearest(word, known)
    return f"Did you mean `{found}`?" if found else otherwise or f"Choose one of {', '.join(known)}"


def one_line(error: BaseException) -> str:
    """`error: <where>: <what>. <remedy>.` without control characters, at most 300 characters."""
    text = "".join(character if character.isprintable() else " " for character in str(error))
    line = "error: " + " ".join(text.split())
    if len(line) <= LONGEST_LINE:
        return line
    head = (LONGEST_LINE - 5) * 2 // 3
    return f"{line[:head]} ... {line[len(line) - (LONGEST_LINE - 5 - head) :]}"


LOWER = "Lower --data.batch or --data.size"


def guard(main: Callable[[], object], debug: bool, with_less_memory: str = LOWER) -> int:
    """Runs `main` and turns what it raises into one line on stderr and an exit code.

    Args:
        main: the command.
        debug: show the traceback as well.
        with_less_memory: remedy of a command that ran out of memory.
    Returns:
        The exit code of `reliability.md` (b).
    """
    try:
        main()
        return 0
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        failure = _as_uda_error(error, with_less_memory)
        if debug:
            print(printable(traceback.format_exc(), "\n"), file=sys.stderr)
    print(one_line(failure), file=sys.stderr)
    return failure.exit_code


def _as_uda_error(error: BaseException, with_less_memory: str = LOWER) -> UdaError:
    if isinstance(error, UdaError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return interrupted(error)
    if not isinstance(error, OSError) and os.strerror(errno.ENOSPC) in str(error):
        # TensorFlow tells of a full disk in a class that means memory elsewhere.
        return as_resource_error(OSError(errno.ENOSPC, ""), "the disk")
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        what = "not enough for this batch and size" if with_less_memory == LOWER else "not enough for this command"
        return ResourceError("memory", what, with_less_memory)
    if isinstance(error, OSError):
        return as_resource_error(error, error.filename or "file system")
    # A defect of ours: still one line; the traceback is in the log of the run.
    return UdaError(type(error).__name__, str(error) or "no message", "This is a defect: report it with --debug")


def as_resource_error(error: OSError, path: object) -> UdaError:
    """The one-line form of an `OSError` that happened at `path`."""
    if error.errno == errno.ENOSPC:
        return ResourceError(path, "no space left on the disk", "Free space and run the same command again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "Change its permissions, or name another place"
        return ResourceError(path, "no permission to write or read here", remedy)
    if error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return ResourceError(
            path, "there is a file where a folder is needed, or a folder where a file is needed", "Move it away"
        )
    if error.errno == errno.ENOENT:
        return DataError(path, "no such file or folder", "Check the path")
    if error.errno == errno.ENAMETOOLONG:
        return ResourceError(path, "a name or a path longer than the system allows", "Shorten it, or nest less deeply")
    if error.errno == errno.ELOOP:
        return ResourceError(path, "a link that leads to itself", "Remove it, or let it lead to a file")
    return ResourceError(path, error.strerror or str(error), "Check the disk and run the same command again")
