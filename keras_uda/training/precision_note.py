"""Half precision that was asked for where it is slower than float32 is told before training, with the factor."""

import time

import tensorflow as tf

from keras_uda.config.schema import RunConfig
from keras_uda.core.console import warn
from keras_uda.core.runtime import multiplies_bfloat16

SIDE = 1024  # of the matrices
TURNS = 4
CLEARLY = 1.25  # times as long: less may be noise


def warn_of_slow_precision(run: RunConfig) -> None:
    """One line on stderr, where there is something to say."""
    if note := precision_note(run):
        warn(note)


def precision_note(run: RunConfig) -> str | None:
    """The line for a `--precision` that costs time here; None for `auto`, float32, and what is no slower."""
    if not run.precision.startswith("mixed_"):
        return None
    dtype = run.precision.removeprefix("mixed_")
    without_units = dtype == "bfloat16" and not multiplies_bfloat16()
    factor = product_factor(dtype)
    if factor < CLEARLY and not without_units:
        return None
    why = ", which has no bfloat16 units" if without_units else ""
    return (
        f"--precision {run.precision}: on this device{why}, a matrix product takes {factor:.1f} times as long as in "
        "float32, and most of a step is such products. Leave --precision out, or set it to float32"
    )


def product_factor(dtype: str) -> float:
    """How many times as long a short matrix product takes as in float32: the shortest of a few turns of both."""
    square = tf.fill((SIDE, SIDE), 1.0)  # nothing is drawn: the seeds of training stay as they are
    product = tf.function(lambda a: tf.cast(tf.matmul(a, a)[0, 0], "float32"))
    both = [square, tf.cast(square, dtype)]
    seconds = {0: [], 1: []}
    for _ in range(1 + TURNS):  # the first one is traced
        for index, matrix in enumerate(both):
            began = time.perf_counter()
            float(product(matrix))
            seconds[index].append(time.perf_counter() - began)
    return min(seconds[1][1:]) / min(seconds[0][1:])
