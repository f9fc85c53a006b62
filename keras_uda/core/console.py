"""What the user sees while waiting: messages, warnings, progress with the time left."""

import os
import sys
import time
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager


def printable(text: str, allowed: str = "") -> str:
    r"""Text that no terminal takes for a command: what is not printable becomes `\x1b`, except for `allowed`."""
    return "".join(c if c.isprintable() or c in allowed else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str, longest: int = 60) -> str:
    """One line of at most `longest` printable characters, for a label in a figure or a list."""
    line = printable(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def say(text: str) -> None:
    """Prints to stdout at once; what the terminal cannot show is escaped, as on stderr. It may be several lines."""
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(text, "\n\t").encode(encoding, "backslashreplace").decode(encoding), flush=True)


def say_line(text: str) -> None:
    """`say` of one line, whatever the names in it hold."""
    say(printable(text))


def warn(text: str) -> None:
    """One `warning:` line on stderr."""
    print(f"warning: {printable(' '.join(text.split()))}", file=sys.stderr, flush=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing reaches stderr inside: TensorFlow greets there from C++, where no log level counts.

    The runners of exported models have their own, because they stand alone.
    """
    if "KERAS_UDA_LOUD" in os.environ:
        yield
        return
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def duration(seconds: float) -> str:
    """75 -> `1:15`, 3700 -> `1:01:40`."""
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class Progress:
    """A bar with the time left on a terminal, a plain line every ten seconds elsewhere.

    Args:
        total: number of steps.
        description: what is being done.
        start: steps that were done before (a resumed run).
    """

    def __init__(self, total: int, description: str, start: int = 0):
        self.total, self.description, self.start, self.done = total, printable(description), start, start
        self._bar = _terminal_bar(total, self.description, start)
        self._began = self._last_line = time.monotonic()

    def update(self, done: int, note: str = "") -> None:
        """Sets the number of finished steps and a short note shown beside it."""
        self.done = done
        if self._bar:
            self._bar.update(self._task, completed=done, note=note)
        elif time.monotonic() - self._last_line > 10 or done == self.total:
            self._last_line = time.monotonic()
            say(f"{self.description} {done}/{self.total}, {self._time_left()} left {note}".rstrip())

    def _time_left(self) -> str:
        spent = time.monotonic() - self._began
        return duration(spent / max(1, self.done - self.start) * (self.total - self.done))

    def __enter__(self) -> "Progress":
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task(self.description, total=self.total, completed=self.start, note="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


def progress(items: Iterable, description: str, total: int | None = None) -> Iterator:
    """Yields the items and shows how far it is."""
    total = len(items) if total is None else total
    with Progress(total, description) as bar:
        for done, item in enumerate(items, 1):
            yield item
            bar.update(done)


def _terminal_bar(total: int, description: str, start: int):
    if not sys.stderr.isatty():
        return None
    import rich.progress as bars
    from rich.console import Console

    return bars.Progress(
        bars.TextColumn("{task.description}", markup=False),  # names may hold brackets
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left"),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
    )
