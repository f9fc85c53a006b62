"""What is timed is what training does: batches as a stage reads them, the pipeline of a stage."""

import pytest

from keras_uda.core.errors import UsageError
from keras_uda.training.timing import matrix_rate
from keras_uda.training.timing import step_seconds
from tests.toy import toy_batch
from tests.toy import toy_method


def test_steps_are_taken_and_the_first_ones_are_not_timed(monkeypatch):
    method, clock = toy_method("advent"), iter([0.0, 9.0, 10.0, 11.0, 20.0, 22.0, 30.0, 33.0])
    monkeypatch.setattr("keras_uda.training.timing.time.perf_counter", lambda: next(clock))
    assert step_seconds(method, toy_batch(), timed=3, untimed=1) == 2.0
    assert int(method.optimizers["segmenter"].iterations) == 4


def test_seconds_are_those_of_the_clock_that_is_given():
    clock = iter([0.0, 9.0, 10.0, 11.5])
    assert step_seconds(toy_method("advent"), toy_batch(), timed=1, untimed=1, clock=lambda: next(clock)) == 1.5


def test_a_batch_that_a_method_cannot_take_is_one_line():
    method = toy_method("moments", arguments={"grid": 0})
    with pytest.raises(UsageError, match="one vector. Set --data.batch 2 or more"):
        step_seconds(method, toy_batch("moments", size=1))


@pytest.mark.slow
def test_the_rate_of_this_machine_is_that_of_a_matrix_product():
    assert matrix_rate() > 1e8
