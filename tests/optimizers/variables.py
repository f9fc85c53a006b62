"""What tests of optimisers share: published trajectories, and two variables with seeded gradients."""

import keras
import numpy as np
import tensorflow as tf

from keras_uda.config.names import OPTIMIZERS
from keras_uda.config.names import resolve

KINDS = {name: resolve(OPTIMIZERS, name, "optimizers") for name in OPTIMIZERS}


class Listed(keras.optimizers.schedules.LearningRateSchedule):
    """The rates of a file, one per step."""

    def __init__(self, rates):
        self.rates = rates

    def __call__(self, step):
        return tf.gather(tf.constant(self.rates, "float32"), step)


def trajectory(optimizer, arrays, scale=1.0):
    """The variable `w` after every step with the stored gradients."""
    variable = keras.Variable(arrays["param_w"], name="w")
    optimizer.build([variable])
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    result = []
    for gradient in arrays["in_grads"]:
        step(tf.constant(gradient * np.float32(scale)))
        result.append(variable.numpy())
    return np.stack(result)


def pair() -> list[keras.Variable]:
    return [keras.Variable([1.0, -2.0], name="one"), keras.Variable([[0.5], [3.0]], name="two")]


def gradients_of(step: int) -> list[np.ndarray]:
    """For the variables of `pair`."""
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape).astype("float32") for shape in ((2,), (2, 1))]


def steps(optimizer, variables, first=0, count=3) -> list[np.ndarray]:
    """Applies the gradients of `count` steps; returns the weights after them."""
    for step in range(first, first + count):
        optimizer.apply([tf.constant(gradient) for gradient in gradients_of(step)], variables)
    return [np.array(variable) for variable in variables]
