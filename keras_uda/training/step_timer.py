"""A method that waits in a process of its own and takes steps when asked: two of them are timed in turns.

A machine that others use as well slows down for a while; turns of a second or two see the same machine, and a process
of its own has its own peak memory. Nothing here imports TensorFlow into the process that asks.
"""

import dataclasses
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NamedTuple

from keras_uda.config.field_types import parse_size
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import warn
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import guard
from keras_uda.core.signals import ignore_signals

WARM_UP = 2  # steps before the first turn; the very first one is traced
RATES = "rates"  # asks for them; a number asks for steps
STEPS = 3  # of a turn, after one that wakes the process up


class Ready(NamedTuple):
    """What a method holds, once it has taken its first steps.

    Args:
        stage: that is timed, the last one: its method and its add-ons.
        trained: numbers that its optimisers train, in all parts.
        state_bytes: of everything that a checkpoint holds: segmenter, other parts, teachers, slots of the optimisers.
    """

    stage: str
    trained: int
    state_bytes: int


class Rates(NamedTuple):
    """What a method needs beside its steps.

    Args:
        pipeline: batches a second of its input pipeline; None: its data is not here.
        inference: seconds from one target frame to its label map.
        exchanged: bytes that replicas add up in a step, see `communication`.
    """

    pipeline: float | None
    inference: float
    exchanged: int


class StepTimer:
    """The last stage of a run in a process of its own, on random images of the real size.

    Args:
        run: its configuration. The network starts from random weights: files of weights need not be there.
        debug: show tracebacks.
        processor_time: count the seconds in which processors work for it, in place of those that pass.
    Raises:
        UdaError: from each method, if the process ended before it answered; its own line is on stderr by then.
    """

    def __init__(self, run: RunConfig, debug: bool = False, processor_time: bool = False):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (run, theirs, debug, processor_time)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()  # else the end of the process would not be noticed here
        self._peak_memory = float("nan")

    def ready(self) -> Ready:
        """Waits for the first steps; once."""
        return self._answer()

    def seconds(self) -> float:
        """One turn: the median of a few steps."""
        try:
            self._pipe.send(STEPS)
        except OSError:  # it ended since the last turn; the answer says how
            pass
        seconds, self._peak_memory = self._answer()
        return seconds

    def rates(self) -> Rates:
        """Pipeline and inference, which take a while."""
        self._pipe.send(RATES)
        return self._answer()

    @property
    def peak_memory(self) -> float:
        """Of the process up to its last turn, in bytes."""
        return self._peak_memory

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()

    def _answer(self):
        try:
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            code = self._process.exitcode
            what = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise UdaError("a step", what, "Run it alone with `python -m keras_uda benchmark`") from error

    def __enter__(self) -> "StepTimer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def turns(timer: StepTimer, reference: StepTimer, count: int) -> list[tuple[float, float]]:
    """Seconds of a step, and of a step of the reference around it (the mean of the turns before and after).

    Returns:
        `count` pairs.
    """
    pairs, before = [], reference.seconds()
    for _ in range(count):
        seconds, after = timer.seconds(), reference.seconds()
        pairs.append((seconds, (before + after) / 2))
        before = after
    return pairs


def _serve(run: RunConfig, pipe: Connection, debug: bool, processor_time: bool) -> None:
    """The other process: one line on stderr and an exit code if anything goes wrong."""
    ignore_signals()
    sys.exit(guard(lambda: _take_steps(run, pipe, time.process_time if processor_time else time.perf_counter), debug))


def _take_steps(run: RunConfig, pipe: Connection, clock: Callable[[], float]) -> None:
    from keras_uda.core import runtime  # isort: skip - TensorFlow is set up before anything else imports it
    from keras_uda.core.memory import peak_memory
    from keras_uda.runs.folder import NOWHERE
    from keras_uda.runs.stage import stages_of
    from keras_uda.training import timing
    from keras_uda.training.build import initial_segmenter

    runtime.set_up(run.seed)
    run = dataclasses.replace(run, segmenter=dataclasses.replace(run.segmenter, weights="none"))
    stage = stages_of(run, NOWHERE)[-1]
    method, batch = timing.method_and_batch(stage, initial_segmenter(run))
    timing.step_seconds(method, batch, timed=1, untimed=WARM_UP - 1)
    name = " + ".join([stage.method, *stage.config.add_ons])
    pipe.send(Ready(name, timing.trained_numbers(method), timing.state_bytes(stage, method)))
    while True:
        try:
            steps = pipe.recv()
        except EOFError:  # whoever asked is gone
            return
        if steps == RATES:
            pipe.send(_rates(stage, method, clock))
        else:
            pipe.send((timing.step_seconds(method, batch, steps, 1, clock), peak_memory()))


def _rates(stage, method, clock) -> Rates:
    from keras_uda.training import timing
    from keras_uda.training.communication import exchanged_bytes

    try:
        pipeline = timing.pipeline_rate(stage, clock)
    except UdaError as error:  # the real data sets of a configuration need not be here
        warn(f"{stage.method}: the pipeline is not measured ({error.what})")
        pipeline = None
    size = parse_size(stage.run.data.target.size)
    inference = timing.inference_seconds(method.segmenter, size, clock=clock)
    return Rates(pipeline, inference, exchanged_bytes(method))
