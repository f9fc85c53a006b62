"""Runs a function over many jobs in several processes, without TensorFlow and without importing the user's script.

`multiprocessing` would import `__main__` again in each process and fails in scripts without a guard. Here a worker is
`python -c "...serve()"`, which reads pickled chunks of jobs from its stdin and writes pickled results to its stdout.
"""

import importlib
import os
import pickle
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from queue import Queue

from keras_uda.core.console import progress
from keras_uda.core.errors import ResourceError
from keras_uda.core.signals import ignore_signals

CHUNK = 8
FEWEST_FOR_PROCESSES = 48
MOST_PROCESSES = 8
COMMAND = "from keras_uda.data.cache.workers import serve; serve()"


def run_jobs(function: str, jobs: list, description: str) -> list:
    """The results of `function(job)` in the order of the jobs.

    Args:
        function: `module:name`; raises nothing but `OSError`.
        jobs: what can be pickled.
        description: shown with the progress.
    Raises:
        OSError: the first one that a job raised.
        ResourceError: a worker was killed (memory).
    """
    if not jobs:
        return []
    count = min(cores(), MOST_PROCESSES, len(jobs) // FEWEST_FOR_PROCESSES)
    if count < 2:
        return [_call(function, job) for job in progress(jobs, description)]
    results: list = [None] * len(jobs)
    for number, result in progress(_from_processes(function, jobs, count), description, len(jobs)):
        results[number] = result
    return results


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _call(function: str, job: object) -> object:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(job)


def _from_processes(function: str, jobs: list, count: int) -> Iterator[tuple[int, object]]:
    chunks: Queue = Queue()
    for start in range(0, len(jobs), CHUNK):
        chunks.put((start, jobs[start : start + CHUNK]))
    results: Queue = Queue()
    processes = [_start() for _ in range(count)]
    threads = [threading.Thread(target=_pump, args=(p, function, chunks, results), daemon=True) for p in processes]
    try:
        for thread in threads:
            thread.start()
        for _ in range(len(jobs)):
            number, result = results.get()
            if isinstance(result, BaseException):
                raise result
            yield number, result
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _start() -> subprocess.Popen:
    package = str(Path(__file__).resolve().parents[3])
    paths = [package, os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", COMMAND], stdin=-1, stdout=-1, env=environment)


def _pump(process: subprocess.Popen, function: str, chunks: Queue, results: Queue) -> None:
    """Feeds one worker until no chunk is left; runs in a thread of the parent."""
    try:
        while True:
            start, jobs = chunks.get_nowait()
            _write(process.stdin, (function, jobs))
            for offset in range(len(jobs)):
                results.put((start + offset, _read(process.stdout)))
    except Empty:
        pass
    except (EOFError, BrokenPipeError, ValueError):
        remedy = "Close other programs or lower --data.size, and run the same command again"
        results.put((0, ResourceError("preparing data", "a worker process was killed (out of memory?)", remedy)))


def _write(stream, content: object) -> None:
    data = pickle.dumps(content)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def _read(stream) -> object:
    length = stream.read(8)
    if len(length) < 8:
        raise EOFError
    return pickle.loads(stream.read(struct.unpack("<Q", length)[0]))


def serve() -> None:
    """The loop of a worker process; ends with its stdin."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print of a library must not enter the protocol
    ignore_signals()
    import cv2

    cv2.setNumThreads(1)
    while True:
        try:
            function, jobs = _read(sys.stdin.buffer)
        except (EOFError, KeyboardInterrupt):
            return
        for job in jobs:
            try:
                result = _call(function, job)
            except OSError as error:
                result = error
            except Exception:
                result = RuntimeError(traceback.format_exc())
            _write(answers, result)
