import pytest

from keras_uda.core.errors import ResourceError
from keras_uda.data.cache.workers import FEWEST_FOR_PROCESSES
from keras_uda.data.cache.workers import run_jobs

MANY = 2 * FEWEST_FOR_PROCESSES + 5


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


def divide(number):
    return 1 / number
