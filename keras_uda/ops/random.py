"""Random numbers inside a step."""

import tensorflow as tf

STEPS = 2**24  # what float32 tells apart in [0, 1)
POSITIVE = 2**31 - 1


def split(seed: tf.Tensor, number: int) -> tf.Tensor:
    """int32 (number, 2): seeds for several draws; none is negative, which XLA would extend in another way."""
    return tf.bitwise.bitwise_and(tf.random.split(seed, number), POSITIVE)


def uniform(shape, seed: tf.Tensor, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    """float32 numbers in [low, high), a function of the seed alone: the same in eager mode, in a graph and under XLA,
    which makes other floats than TensorFlow from the same bits. With other bounds the last digit may differ there.
    """
    whole = tf.random.stateless_uniform(shape, seed, 0, STEPS, dtype="int32")
    return low + (high - low) * (tf.cast(whole, "float32") / STEPS)
