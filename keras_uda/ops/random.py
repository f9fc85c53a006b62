"""Random numbers inside a step."""

import tensorflow as tf

from keras_uda.ops import replicas

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


def uniform_of_images(shape, axis: int, seed: tf.Tensor, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    """`uniform` with numbers of its own for every image: of several replicas each takes those of its part of the batch.

    Args:
        shape: list of numbers or scalar tensors.
        axis: of the images in it.
        seed, low, high: see `uniform`.
    """
    if replicas.count() == 1:
        return uniform(shape, seed, low, high)
    whole = [*shape]
    whole[axis] = whole[axis] * replicas.count()
    return replicas.own_part(uniform(whole, seed, low, high), shape[axis], axis)
