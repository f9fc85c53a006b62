"""Adam against the equation and against PyTorch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.optimizers.adam import PublishedAdam
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.optimizers.variables import Listed
from tests.optimizers.variables import trajectory

CASES = {
    "out_adam": ({}, 1.0),
    "out_adam_wd_0p1": ({"weight_decay": 0.1}, 1.0),
    "out_adam_tiny_grads": ({}, 2.0**-26),
}
PUBLISHED = {"betas": (0.9, 0.99)}


@pytest.mark.parametrize("key", CASES)
def test_published_trajectories(key):
    arrays, meta = load_vectors("torch_optimizers")
    options, scale = CASES[key]
    optimizer = PublishedAdam(Listed(arrays["in_lr"]), **PUBLISHED, **options)
    assert_matches(trajectory(optimizer, arrays, scale), arrays, meta, key)


def test_every_trajectory_of_the_file_is_compared():
    arrays, _ = load_vectors("torch_optimizers")
    assert {key for key in arrays if key.startswith("out_adam") and "final" not in key} == set(CASES)


def test_published_moments():
    arrays, meta = load_vectors("torch_optimizers")
    optimizer = PublishedAdam(Listed(arrays["in_lr"]), **PUBLISHED)
    trajectory(optimizer, arrays)
    for variable, key in zip(optimizer.variables[1:], ("out_adam_final_m", "out_adam_final_v"), strict=True):
        assert_matches(variable, arrays, meta, key)


@pytest.mark.parametrize(("beta_1", "seed"), [(0.8, 0), (0.0, 1)])
def test_adam_matches_its_equation(beta_1, seed):
    rng = np.random.default_rng(seed)
    w, m, v = rng.normal(size=3), np.zeros(3), np.zeros(3)
    variable = keras.Variable(w.astype("float32"))
    optimizer = PublishedAdam(0.1, betas=(beta_1, 0.999), epsilon=0.5, weight_decay=0.01)
    optimizer.build([variable])
    for t in range(1, 4):
        g = rng.normal(size=3)
        optimizer.apply([tf.constant(g, "float32")], [variable])
        d = g + 0.01 * w
        m, v = beta_1 * m + (1 - beta_1) * d, 0.999 * v + 0.001 * d**2
        w = w - 0.1 * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - 0.999**t)) + 0.5)
        np.testing.assert_allclose(variable, w, rtol=1e-5)
