"""What replicas exchange in a step of a method, from its variables, and what that leaves of their speed."""

import math

import keras

from keras_uda.segmenters.blocks import BatchNorm

BYTES = 4  # gradients and statistics are summed in float32
SUMS_OF_STATISTICS = 4  # of a batch norm and pass: mean and variance forward, and a gradient of each backward


def gradient_bytes(method: keras.Model) -> int:
    """Of the gradients of all parts: every number that an optimiser trains, once."""
    numbers = {id(one): math.prod(one.shape) for part in method.trains for one in _trained(method, part)}
    return BYTES * sum(numbers.values())


def statistics_bytes(method: keras.Model) -> int:
    """Of batch statistics: those of every pass with gradients, and of the teacher's, and the moving ones."""
    passes, teacher = max(len(method.passes), 1), getattr(method, "teacher", None)
    forward = BYTES * SUMS_OF_STATISTICS * passes * channels_of(method.segmenter)
    if teacher is not None:
        forward += BYTES * SUMS_OF_STATISTICS // 2 * channels_of(teacher)
    return forward + BYTES * 2 * channels_of(method.segmenter)


def channels_of(model: keras.Model) -> int:
    """Channels of all batch norms of a model that normalise with their batch."""
    layers = [one for one in model._flatten_layers() if isinstance(one, BatchNorm) and one.mode != "frozen"]
    return sum(int(one.moving_mean.shape[0]) for one in layers)


def exchanged_bytes(method: keras.Model) -> int:
    """What replicas add up in a step, per replica."""
    return gradient_bytes(method) + statistics_bytes(method)


def sent_bytes(exchanged: int, replicas: int) -> float:
    """What each replica sends, and receives, in a ring.

        2 (n - 1) / n * exchanged

    Source: Patarasuk and Yuan, Bandwidth optimal all-reduce algorithms, 2009
    """
    return 2.0 * (replicas - 1) / replicas * exchanged


def efficiency(step_seconds: float, exchanged: int, replicas: int, bytes_per_second: float) -> float:
    """The share of n times the speed of one replica that n reach, if nothing is exchanged while they compute.

        t / (t + 2 (n - 1) / n * exchanged / bandwidth)

    Args:
        step_seconds: t, of one replica with its part of the batch.
        exchanged: bytes of `exchanged_bytes`.
        replicas: n.
        bytes_per_second: bandwidth of the slowest link of the ring.
    """
    return step_seconds / (step_seconds + sent_bytes(exchanged, replicas) / bytes_per_second)


def _trained(method: keras.Model, part: str) -> list[keras.Variable]:
    return getattr(method, part).trainable_variables
