"""Workers go on from a state that all of them have; parts of a batch are equal; a lost worker is one line."""

import dataclasses
from types import SimpleNamespace

import pytest
import tensorflow as tf

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.training import workers
from keras_uda.training.state import TrainingState
from tests.stages import make_stage
from tests.toy import toy_method


@pytest.fixture
def state(tmp_path):
    """Generations of the steps 2 and 4, in which a weight holds the number of its step."""
    state = TrainingState(tmp_path / "state", toy_method("source_only"), {})
    for step in (2, 4):
        state.named["method/0001/kernel"].assign(tf.fill(state.named["method/0001/kernel"].shape, float(step)))
        state.save(step)
    return state


def restored(state) -> float:
    return float(tf.reduce_max(state.named["method/0001/kernel"].value))


@pytest.mark.parametrize(("least", "step"), [(4, 4), (2, 2)])
def test_the_newest_state_that_all_have_is_restored(state, monkeypatch, least, step):
    asked = []
    monkeypatch.setattr(workers, "least_over_workers", lambda own: asked.append(own) or least)
    assert workers.restore_together(state) == step and restored(state) == step and asked == [4]


def test_a_worker_without_a_state_makes_all_begin_anew(state, monkeypatch):
    monkeypatch.setattr(workers, "least_over_workers", lambda own: 0)
    state.named["method/0001/kernel"].assign(tf.zeros(state.named["method/0001/kernel"].shape))
    assert workers.restore_together(state) == 0 and restored(state) == 0


def test_a_state_that_only_another_worker_has_is_an_error(state, monkeypatch):
    monkeypatch.setattr(workers, "least_over_workers", lambda own: 3)
    with pytest.raises(ArtefactError, match="all workers have is of step 3, and it is not here"):
        workers.restore_together(state)


def test_one_process_asks_nobody(state):
    assert workers.least_over_workers(7) == 7 and workers.restore_together(state) == 4
    assert workers.worker_lost() is None


@pytest.mark.parametrize(("batch", "replicas", "more"), [(4, 2, None), (3, 2, 4), (1, 4, 4), (6, 4, 8)])
def test_a_batch_is_divided_into_equal_parts(tmp_path, batch, replicas, more):
    run = make_stage(tmp_path).run
    run = dataclasses.replace(run, data=dataclasses.replace(run.data, batch=batch))
    strategy = SimpleNamespace(num_replicas_in_sync=replicas)
    if more is None:
        workers.require_whole_parts(run, strategy)
        return
    with pytest.raises(UsageError, match=f"cannot be divided among {replicas} replicas.*Set it to {more},"):
        workers.require_whole_parts(run, strategy)
