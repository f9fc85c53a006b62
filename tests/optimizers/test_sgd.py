"""Stochastic gradient descent against the equation and against PyTorch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.optimizers.schedules import Schedule
from keras_uda.optimizers.sgd import CoupledSGD
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.optimizers.variables import Listed
from tests.optimizers.variables import trajectory

CASES = {
    "out_sgd": {},
    "out_sgd_nowd": {"weight_decay": 0.0},
    "out_sgd_wd_0p1": {"weight_decay": 0.1},
    "out_sgd_listed_2x": {"repeats": "official", "listed": {"w": 2}},
    "out_sgd_listed_3x": {"repeats": "official", "listed": {"w": 3}},
    "out_sgd_listed_4x": {"repeats": "official", "listed": {"w": 4}},
    "derived_sgd_legacy_listed_3x": {"repeats": "legacy", "listed": {"w": 3}},
    "derived_sgd_legacy_listed_4x": {"repeats": "legacy", "listed": {"w": 4}},
}
PUBLISHED = {"momentum": 0.9, "weight_decay": 5e-4}


@pytest.mark.parametrize("key", CASES)
def test_published_trajectories(key):
    arrays, meta = load_vectors("torch_optimizers")
    optimizer = CoupledSGD(Listed(arrays["in_lr"]), **(PUBLISHED | CASES[key]))
    assert_matches(trajectory(optimizer, arrays), arrays, meta, key)


def test_every_trajectory_of_the_file_is_compared():
    arrays, _ = load_vectors("torch_optimizers")
    assert {key for key in arrays if "sgd" in key and "final" not in key} == set(CASES)


def test_published_buffer():
    arrays, meta = load_vectors("torch_optimizers")
    optimizer = CoupledSGD(Listed(arrays["in_lr"]), **PUBLISHED)
    trajectory(optimizer, arrays)
    assert_matches(optimizer.variables[1], arrays, meta, "out_sgd_final_momentum")


def test_listed_variables_are_updated_once_in_the_nominal_form():
    arrays, meta = load_vectors("torch_optimizers")
    optimizer = CoupledSGD(Listed(arrays["in_lr"]), listed={"w": 3}, **PUBLISHED)
    assert_matches(trajectory(optimizer, arrays), arrays, meta, "out_sgd")


def test_sgd_matches_its_equation():
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=3), np.zeros(3)
    variable = keras.Variable(w.astype("float32"), name="w")
    schedule = Schedule(0.1, 4, {"polynomial": {"power": 0.9}})
    optimizer = CoupledSGD(schedule, multipliers={"w": 10.0}, momentum=0.9, weight_decay=0.01)
    optimizer.build([variable])
    for i in range(3):
        g = rng.normal(size=3)
        optimizer.apply([tf.constant(g, "float32")], [variable])
        v = 0.9 * v + (g + 0.01 * w)
        w = w - 10 * 0.1 * (1 - i / 4) ** 0.9 * v
        np.testing.assert_allclose(variable, w, rtol=1e-5)
