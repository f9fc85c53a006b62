"""A function in a fresh process: all memory that it took is given back when it ends, whatever a library keeps.

    maps = apart.call(module.function, argument, ...)

Arguments, answer and errors travel as pickles through a temporary folder; what is printed comes out here. The process
ends with the one that asked. What a file from anybody makes a library do has bounds there, `limited`.
"""

import errno
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.console import quiet
from keras_uda.core.errors import ResourceError
from keras_uda.core.memory import limit_further_memory
from keras_uda.core.signals import ignore_signals

try:
    import resource
except ImportError:  # Windows
    resource = None

# glibc otherwise keeps the large blocks that it has been given back, one heap for each thread.
LEAN = {"MALLOC_MMAP_THRESHOLD_": str(2**20), "MALLOC_TRIM_THRESHOLD_": str(2**20), "MALLOC_ARENA_MAX": "2"}


class Exceeded(Exception):
    """What ran under limits took more than they allow, or ended the process: the message says which."""


class Limits(NamedTuple):
    """Of a process; the system must have such limits, else there is none.

    Args:
        mebibytes: of memory, beyond what the process has when the function begins.
        seconds: of computing.
    """

    mebibytes: int
    seconds: int


def call(function: Callable, *arguments: object) -> object:
    """What `function(*arguments)` gives or raises, called in a process of its own.

    Args:
        function: of a module.
        arguments: anything that can be pickled.
    Raises:
        ResourceError: the process was killed, or had too little memory.
    """
    code, answer, error = _answer(None, function, arguments)
    if code is not None:
        raise too_little_memory(function, ended(code))
    if isinstance(error, MemoryError):
        raise too_little_memory(function, str(error) or "MemoryError") from error
    if error is not None:
        raise error
    return answer


def limited(limits: Limits, function: Callable, *arguments: object) -> object:
    """As `call`, for what reads a file that anybody may have written.

    Raises:
        Exceeded: more memory or time than the limits allow, or a crash.
    """
    code, answer, error = _answer(limits, function, arguments)
    if code is not None:
        raise Exceeded(_why_it_ended(code, limits))
    if isinstance(error, MemoryError):
        raise Exceeded(f"it takes more than {limits.mebibytes} MiB of memory to read")
    if error is not None:
        raise error
    return answer


def _why_it_ended(code: int, limits: Limits) -> str:
    if code == -getattr(signal, "SIGXCPU", 0):
        return f"it takes more than {limits.seconds} seconds to read"
    return f"reading it crashed a process, {ended(code)}"


def _answer(limits: Limits | None, function: Callable, arguments: tuple) -> tuple[int | None, object, object]:
    """(exit code of a process that gave no answer or None, what it gave, what it raised)."""
    with tempfile.TemporaryDirectory() as place:
        asked, answered = Path(place) / "asked", Path(place) / "answered"
        asked.write_bytes(pickle.dumps((limits, function, arguments)))
        paths = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # "" is where a notebook is
        command = [sys.executable, "-P", "-m", "keras_uda.core.apart", str(asked), str(answered)]
        environment = os.environ | LEAN | {"PYTHONPATH": paths}
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:
            process.wait()
        if not answered.is_file():
            return process.returncode, None, None
        return None, *pickle.loads(answered.read_bytes())


def ended(code: int) -> str:
    """How a process ended that gave no answer."""
    return f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def too_little_memory(function: Callable, what: str) -> ResourceError:
    """The error of a process that gave no answer: nearly always the memory of the machine, or a limit on it."""
    name = function.__name__.strip("_").replace("_", " ")
    remedy = "Most likely there was too little memory: end other programs, or raise the limit"
    return ResourceError(f"the process for `{name}`", what, remedy)


def answer_to(asked: Path) -> tuple[object, BaseException | None]:
    """(what the function gave, None) or (None, what it raised)."""
    try:
        with quiet():  # imports the module of the function, and TensorFlow with it
            limits, function, arguments = pickle.loads(asked.read_bytes())
        if limits is not None:
            _limit(limits)
        return function(*arguments), None
    except Exception as error:
        error.add_note(traceback.format_exc())
        return None, portable(error)


def _limit(limits: Limits) -> None:
    limit_further_memory(limits.mebibytes * 2**20)
    if resource is not None:
        used = int(time.process_time()) + limits.seconds
        resource.setrlimit(resource.RLIMIT_CPU, (used, used + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def portable(error: Exception) -> Exception:
    """The error, or, where its class is one that cannot be pickled (of C++, of converters), the nearest of Python's."""
    if type(error).__name__ == "ResourceExhaustedError":  # of TensorFlow, which has one for disk and memory
        full = "No space left" in str(error)
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if full else MemoryError(str(error)[:200])
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    sys.stdin.buffer.read()  # ends when the other process does
    os._exit(1)


def main(asked: str, answered: str) -> None:
    """The other process."""
    ignore_signals()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    aside = Path(f"{answered}.part")
    aside.write_bytes(pickle.dumps(answer_to(Path(asked))))
    aside.rename(answered)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # TensorFlow takes seconds to leave
