"""Draws inside a step: a function of the seed, the same in every way of running, and uniform."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.ops.random import split
from keras_uda.ops.random import uniform

SEED = tf.constant([3, 2**31 - 1])


def run(low, high, **options):
    return tf.function(lambda: uniform([50], SEED, low, high), **options)()


@pytest.mark.parametrize("compiled", [False, True])
def test_numbers_are_the_same_in_eager_mode_in_a_graph_and_under_xla(compiled):
    np.testing.assert_array_equal(run(0.0, 1.0, jit_compile=compiled), uniform([50], SEED))
    np.testing.assert_allclose(run(-2.0, 5.0, jit_compile=compiled), uniform([50], SEED, -2.0, 5.0), atol=1e-6)


def test_they_are_uniform_between_their_bounds():
    drawn = np.asarray(uniform([20000], SEED, 2.0, 6.0))
    assert drawn.min() >= 2 and drawn.max() < 6 and drawn.dtype == "float32"
    counts, _ = np.histogram(drawn, bins=8, range=(2, 6))
    assert np.abs(counts / 2500 - 1).max() < 0.1


def test_seeds_of_a_seed_differ_and_none_is_negative():
    seeds = np.asarray(split(SEED, 40))
    assert seeds.shape == (40, 2) and seeds.min() >= 0 and len(np.unique(seeds, axis=0)) == 40
    drawn = [float(uniform([], seed)) for seed in seeds]
    assert len(set(drawn)) == 40
