"""Updates of all parts, or of none."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.methods.common.finite import all_finite
from keras_uda.methods.common.finite import apply_if
from keras_uda.methods.common.finite import undo_unless


def updates(gradients, scaled: bool = False) -> list[tuple]:
    """One part for each gradient, each a variable of ones with plain SGD."""
    steps = []
    for gradient in gradients:
        variable, optimizer = keras.Variable(np.ones(2, "float32")), keras.optimizers.SGD(1.0)
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer
        optimizer.build([variable])
        steps.append((optimizer, [tf.constant(gradient, "float32")], [variable]))
    return steps


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_loss_or_gradient_that_is_no_number_is_seen(bad):
    good = updates([[1, 2], [3, 4]])
    assert bool(all_finite([tf.constant(1.0)], good))
    assert not bool(all_finite([tf.constant(1.0), tf.constant(bad)], good))
    assert not bool(all_finite([tf.constant(1.0)], updates([[1, 2], [bad, 4]])))


def test_an_overflow_under_a_loss_scale_is_no_fault():
    assert bool(all_finite([tf.constant(1.0)], updates([[np.inf, 1]], scaled=True)))
    assert not bool(all_finite([tf.constant(np.inf)], updates([[1, 1]], scaled=True)))


@pytest.mark.parametrize("run", [lambda f: f, tf.function], ids=["eager", "graph"])
@pytest.mark.parametrize("finite", [True, False])
def test_all_parts_move_or_none(finite, run):
    steps = updates([[1, 2], [3, 4]])
    run(lambda flag: apply_if(flag, steps))(tf.constant(finite))
    for (_, (gradient,), (variable,)), iterations in zip(steps, [one[0].iterations for one in steps], strict=True):
        np.testing.assert_allclose(variable, 1 - gradient if finite else np.ones(2))
        assert int(iterations) == finite


@pytest.mark.parametrize("finite", [True, False])
def test_statistics_of_a_bad_step_go_back(finite):
    variables = [keras.Variable(np.full(2, 5.0)), keras.Variable(3.0)]
    undo_unless(tf.constant(finite), variables, [np.zeros(2), 1.0])
    np.testing.assert_array_equal(variables[0], np.full(2, 5.0 if finite else 0.0))
    assert float(variables[1]) == (3.0 if finite else 1.0)
