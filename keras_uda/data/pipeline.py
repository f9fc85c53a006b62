"""Batches {"source": ..., "target": ...}: element k is a pure function of (seed, domain, step); resuming costs nothing.

Sample number i of a domain (i = step * batch + place) is in epoch i // N at position
`index_shuffle(i % N, seed=[stream, epoch], max_index=N-1)`; its augmentation is drawn with the seed [stream, i].
The stream is 2 * seed for the source and 2 * seed + 1 for the target: neither order depends on the other domain.
"""

import tensorflow as tf

from keras_uda.augment.sample import Mining
from keras_uda.augment.sample import augment
from keras_uda.core.errors import DataError
from keras_uda.data.decoding import columns
from keras_uda.data.decoding import constants
from keras_uda.data.decoding import decoder
from keras_uda.data.decoding import frames_bytes
from keras_uda.data.decoding import in_memory
from keras_uda.data.decoding import pipeline_options
from keras_uda.data.decoding import threads
from keras_uda.data.prepared import Prepared

SOURCE_STREAM, TARGET_STREAM = 0, 1
LARGEST_MEMORY = 400_000_000  # bytes of decoded frames per domain


def training_batches(
    source: Prepared | None,
    target: Prepared | None,
    *,
    batch: int,
    seed: int,
    first_step: int,
    steps: int,
    flip: bool = True,
    zoom: float = 1.0,
    jitter: float = 0.0,
    mine: Mining | None = None,
) -> tf.data.Dataset:
    """Batches for the steps `first_step` to `first_step + steps - 1`.

    Args:
        source: labelled samples, or None.
        target: samples with or without labels and extras, or None.
        batch: samples per domain.
        seed: of the run.
        first_step: number of the first step, from 0.
        steps: how many.
        flip, zoom, jitter: see `augment`.
        mine: crops of the target that look for rare classes, see `augment`.
    Returns:
        Elements {"source": {"image", "label"}, "target": {"image", ...}}, each uint8 with a leading batch dimension.
    """
    options = {"flip": flip, "zoom": zoom, "jitter": jitter}
    sides = {}
    for name, prepared, number in (("source", source, SOURCE_STREAM), ("target", target, TARGET_STREAM)):
        if prepared is not None:
            chosen = options | ({"mine": mine} if name == "target" else {})
            sides[name] = _side(prepared, batch, 2 * seed + number, first_step, steps, chosen)
    if not sides:
        raise ValueError("Neither source nor target was given; give at least one.")
    return tf.data.Dataset.zip(sides).prefetch(4).with_options(pipeline_options())


def _side(prepared: Prepared, batch: int, stream: int, first_step: int, steps: int, options: dict) -> tf.data.Dataset:
    if len(prepared) == 0:
        raise DataError("data", "a domain without images", "Check the root and the split")
    read = _reader(prepared, batch * steps)
    size = len(prepared)

    def sample(number):
        return augment(
            read(position(number, size, stream)), tf.stack([tf.constant(stream, "int64"), number]), **options
        )

    numbers = tf.data.Dataset.range(first_step * batch, (first_step + steps) * batch)
    return numbers.map(sample, num_parallel_calls=threads()).batch(batch, drop_remainder=True)


def position(number: tf.Tensor, size: int, stream: int) -> tf.Tensor:
    """Which sample is number `number` (int64, from 0) of an endless shuffled sequence of `size` samples."""
    epoch = number // size
    seed = tf.stack([tf.constant(stream, "int64"), epoch])
    return tf.random.experimental.index_shuffle(number % size, seed=seed, max_index=size - 1)


def _reader(prepared: Prepared, draws: int):
    """A function from a position to a sample: out of memory if all fits and is used often enough, else from files."""
    if prepared.native_labels:
        raise ValueError("Labels of their own size are for evaluation; prepare the domain for training.")
    if draws >= len(prepared) // 2 and frames_bytes(prepared) <= LARGEST_MEMORY:
        table = in_memory(prepared)
        return lambda place: {key: tf.gather(values, place) for key, values in table.items()}
    table, decode = constants(columns(prepared)), decoder(prepared)
    return lambda place: decode({key: tf.gather(values, place) for key, values in table.items()})
