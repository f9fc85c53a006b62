"""SIGTERM ends a command as Ctrl-C does: what is half done is cleaned up, one line, a code of its own."""

import os
import signal
import threading
from collections.abc import Callable

from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import Terminated
from keras_uda.core.errors import interrupted
from keras_uda.core.errors import one_line

GRACE_SECONDS = 8.0  # for cleaning up; containers and service managers kill after ten


def end_on_sigterm(main: Callable[[], object]) -> None:
    """Runs `main`; SIGTERM raises `Terminated` in it, wherever it is.

    A library that swallows the exception, or runs for long outside Python, does not keep the process alive: it ends
    after `GRACE_SECONDS`, or at a second signal, which leaves what a SIGKILL leaves. Does nothing but run `main` in
    another thread than the main one, where Python takes no signals.

    Raises:
        Terminated: the signal came, whatever `main` made of it. Else what `main` raises.
    """
    if threading.current_thread() is not threading.main_thread():
        main()
        return
    received: list[int] = []
    timer = threading.Timer(GRACE_SECONDS, _leave, [stderr := _stderr()])
    timer.daemon = True

    def handle(number: int, frame: object) -> None:
        if received:
            os._exit(128 + number)
        received.append(number)
        timer.start()
        raise Terminated

    before = signal.signal(signal.SIGTERM, handle)
    try:
        main()
    except Interrupted:
        raise
    except BaseException as error:
        if received:
            raise Terminated from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
        timer.cancel()
        if stderr is not None:
            os.close(stderr)
    if received:
        raise Terminated


def ignore_signals() -> None:
    """For a process that works for another one and ends with it: signals to the whole group are for that one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _stderr() -> int | None:
    """As it is now, since `console.quiet` turns it away at times; None if it is closed."""
    try:
        return os.dup(2)
    except OSError:
        return None


def _leave(stderr: int | None) -> None:
    if stderr is not None:
        os.write(stderr, f"{one_line(interrupted(Terminated()))}\n".encode())
    os._exit(128 + signal.SIGTERM)
