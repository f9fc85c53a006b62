"""A function in a fresh process: all memory that it took is given back when it ends, whatever a library keeps.

    maps = apart.call(module.function, argument, ...)

Arguments, answer and errors travel as pickles through a temporary folder; what is printed comes out here. The process
ends with the one that asked.
"""

import errno
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from keras_uda.core.console import quiet
from keras_uda.core.errors import ResourceError
from keras_uda.core.signals import ignore_signals

# glibc otherwise keeps the large blocks that it has been given back, one heap for each thread.
LEAN = {"MALLOC_MMAP_THRESHOLD_": str(2**20), "MALLOC_TRIM_THRESHOLD_": str(2**20), "MALLOC_ARENA_MAX": "2"}


def call(function: Callable, *arguments: object) -> object:
    """What `function(*arguments)` gives or raises, called in a process of its own.

    Args:
        function: of a module.
        arguments: anything that can be pickled.
    Raises:
        ResourceError: the process was killed, or had too little memory.
    """
    with tempfile.TemporaryDirectory() as place:
        asked, answered = Path(place) / "asked", Path(place) / "answered"
        asked.write_bytes(pickle.dumps((function, arguments)))
        paths = os.pathsep.join(entry for entry in sys.path if entry)
        command = [sys.executable, "-P", "-m", "keras_uda.core.apart", str(asked), str(answered)]
        environment = os.environ | LEAN | {"PYTHONPATH": paths}
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as process:
            process.wait()
        if not answered.is_file():
            raise too_little_memory(function, ended(process.returncode))
        answer, error = pickle.loads(answered.read_bytes())
    if isinstance(error, MemoryError):
        raise too_little_memory(function, str(error) or "MemoryError") from error
    if error is not None:
        raise error
    return answer


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
            function, arguments = pickle.loads(asked.read_bytes())
        return function(*arguments), None
    except Exception as error:
        error.add_note(traceback.format_exc())
        return None, portable(error)


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
