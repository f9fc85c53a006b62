"""Jobs in worker processes, whatever the machine has: two of them here."""

import threading
from queue import Queue

import pytest

from keras_uda.core.errors import ResourceError
from keras_uda.data.cache import workers
from keras_uda.data.cache.workers import FEWEST_FOR_PROCESSES
from keras_uda.data.cache.workers import run_jobs

MANY = 2 * FEWEST_FOR_PROCESSES + 5


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(workers, "cores", lambda: 2)


@pytest.mark.parametrize("count", [0, 1, 7, MANY])
def test_results_come_in_the_order_of_the_jobs(count):
    assert run_jobs("builtins:hex", list(range(count)), "hex") == [hex(i) for i in range(count)]


def test_what_a_job_raises_is_raised_here():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        run_jobs("os:listdir", ["/nowhere"] * MANY, "listing")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run_jobs("tests.data.cache.test_workers:divide", [0] * MANY, "dividing")


def test_a_killed_worker_is_an_error_not_a_wait():
    with pytest.raises(ResourceError, match="killed"):
        run_jobs("os:_exit", [1] * MANY, "dying")


def test_a_thread_that_finds_the_last_chunk_taken_ends():
    """Another thread may take it between a look at the queue and the taking."""

    class TakenMeanwhile(Queue):
        def empty(self):
            return False

    chunks = TakenMeanwhile()
    thread = threading.Thread(target=workers._pump, args=(None, "builtins:hex", chunks, Queue()), daemon=True)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()


def divide(number):
    return 1 / number
