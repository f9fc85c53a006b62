"""`benchmark server`: frames a second of a served model for 1, 8, 64 clients, some of whose files are damaged."""

import itertools
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from keras_uda.config.parser import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError

FRAMES = 16  # of the built-in drive
MOST_CLIENTS = 256
SAME_PIXELS = 0.999  # a batch of another size rounds a few pixels between two equally probable classes otherwise


class Load(NamedTuple):
    """What one number of clients got.

    Args:
        clients: that asked at the same time, one frame each, again and again.
        seconds: they did so.
        latencies: seconds of each frame that was answered with a label map.
        refused: damaged files that were answered with an error.
        wrong: files that were not answered as they are alone: another label map, an error, none.
    """

    clients: int
    seconds: float
    latencies: list[float]
    refused: int
    wrong: int

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


def parser() -> Parser:
    description = "Asks a served model for frames of the built-in drive from many clients at once."
    parser = Parser(prog="python -m keras_uda benchmark server", description=description)
    text = "served model, as in `predict --server`"
    parser.add_argument("--server", metavar="URL", required=True, help=text)
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 64], metavar="N", help="at the same time")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each number of clients")
    text = "one file of so many is truncated, which must not harm the others; 0: none (default: 16)"
    parser.add_argument("--damaged", type=int, default=16, metavar="N", help=text)
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="longest wait for one frame")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    check(flags)
    from keras_uda.predict.server.connect import connect

    model = connect(flags.server, flags.timeout)
    try:
        loads = benchmark(model, flags.clients, flags.seconds, flags.damaged)
    finally:
        model.close()
    wrong = sum(load.wrong for load in loads)
    if wrong:
        what = f"{wrong} files were answered otherwise than alone"
        raise ServerError(model.address, what, "Serve an export of this version, without a bound on its queue")


def check(flags) -> None:
    if not all(1 <= count <= MOST_CLIENTS for count in flags.clients):
        raise UsageError("--clients", f"must be between 1 and {MOST_CLIENTS}", "Give for example 1 8 64")
    if not 0 < flags.seconds <= 3600:
        raise UsageError("--seconds", f"{flags.seconds} is not a time up to 3600", "Give for example 10")
    if flags.damaged < 0:
        raise UsageError("--damaged", f"{flags.damaged} is not a number of files", "Give 0 or more")


def benchmark(model, counts: Sequence[int], seconds: float, damaged: int) -> list[Load]:
    """Prints a line for each number of clients.

    Args:
        model: `ServerModel`.
        counts: of clients.
        seconds: of each.
        damaged: one file of so many is truncated; 0: none.
    """
    files, expected = pictures(model)
    width, height = model.size
    say(f"{model.address}, {width}x{height}, files of {sum(map(len, files)) / len(files) / 1000:.1f} kB:")
    say(f"  {'clients':>7}{'frames/s':>10}{'median ms':>11}{'99 % ms':>9}{'refused':>9}{'wrong':>7}")
    loads = []
    for count in counts:
        load = loaded(model, count, seconds, files, expected, damaged)
        median, late = percentiles(load.latencies)
        say(f"  {count:>7}{load.rate:>10.1f}{median:>11.1f}{late:>9.1f}{load.refused:>9}{load.wrong:>7}")
        loads.append(load)
    say("refused: damaged files, answered with an error; wrong: all that was answered otherwise than alone")
    return loads


def percentiles(latencies: list[float]) -> tuple[float, float]:
    """Median and 99 % in milliseconds."""
    import numpy as np

    median, late = 1000 * np.percentile(latencies or [float("nan")], (50, 99))
    return float(median), float(late)


def pictures(model) -> tuple[list[bytes], list]:
    """Files of the built-in drive, and the label map of each when it is asked for alone."""
    from keras_uda.predict.server.model import encode_frame
    from keras_uda.world.render import render

    files = [encode_frame(render("drive", 7 * index, model.size, 0)[0], model.encode) for index in range(FRAMES)]
    return files, [model.ask(content).label_map for content in files]


def loaded(model, clients: int, seconds: float, files: list[bytes], expected: list, damaged: int) -> Load:
    """What `clients` threads get that ask for files in turn until the time is over."""
    numbers, latencies, refused, wrong = itertools.count(), [], [], []
    began = time.perf_counter()

    def client() -> None:
        while time.perf_counter() - began < seconds:
            number = next(numbers)
            bad = bool(damaged) and number % damaged == damaged - 1
            asked = time.perf_counter()
            if not answered_as_alone(model, files[number % FRAMES], expected[number % FRAMES], bad):
                wrong.append(number)
            elif bad:
                refused.append(number)
            else:
                latencies.append(time.perf_counter() - asked)

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(clients, time.perf_counter() - began, latencies, len(refused), len(wrong))


def answered_as_alone(model, content: bytes, expected, bad: bool) -> bool:
    """Whether a file is answered with its label map, or a truncated one with its error."""
    from keras_uda.predict.server.model import UnreadableFrame

    try:
        label_map = model.ask(content[: len(content) // 2] if bad else content).label_map
    except UnreadableFrame:
        return bad
    except ServerError:
        return False
    return not bad and (label_map == expected).mean() >= SAME_PIXELS
