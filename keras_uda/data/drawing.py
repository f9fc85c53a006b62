"""Which sample of a domain comes as number i, and how it is read.

Sample number i is in epoch i // N at position `index_shuffle(i % N, seed=[stream, epoch], max_index=N-1)`, or where a
sampler says, from the seed [stream, i].
"""

from collections.abc import Callable

import tensorflow as tf

from keras_uda.augment.sample import substream
from keras_uda.augment.windows import RequiredClass
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import resolve
from keras_uda.core.errors import DataError
from keras_uda.data.decoding import columns
from keras_uda.data.decoding import constants
from keras_uda.data.decoding import decoder
from keras_uda.data.decoding import frames_bytes
from keras_uda.data.decoding import in_memory
from keras_uda.data.prepared import Prepared

SAMPLER = 5  # beside the streams of `augment`
LARGEST_MEMORY = 400_000_000  # bytes of decoded frames per domain


class DrawnDomain:
    """The samples of one domain, by their number.

    Args:
        prepared: the domain.
        stream: of its draws.
        draws: how many will be asked for; decides whether all of it is decoded into memory.
        sampler: (name in `SAMPLERS`, options); None: every sample once in an epoch.
    """

    def __init__(self, prepared: Prepared, stream: int, draws: int, sampler: tuple[str, dict] | None = None):
        if len(prepared) == 0:
            raise DataError("data", "a domain without images", "Check the root and the split")
        self.stream, self.size, self.read = stream, len(prepared), _reader(prepared, draws)
        self.sampler = None
        if sampler is not None:
            name, options = sampler
            self.sampler = resolve(SAMPLERS, name, "data.samplers")(**options).drawing(prepared)

    def seed(self, number: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.constant(self.stream, "int64"), number])

    def draw(self, number: tf.Tensor) -> tuple[dict, RequiredClass | None]:
        """(sample as prepared, class that its crop should hold)."""
        if self.sampler is None:
            return self.read(position(number, self.size, self.stream)), None
        place, required = self.sampler(substream(self.seed(number), SAMPLER))
        return self.read(place), required


def position(number: tf.Tensor, size: int, stream: int) -> tf.Tensor:
    """Which sample is number `number` (int64, from 0) of an endless shuffled sequence of `size` samples."""
    epoch = number // size
    seed = tf.stack([tf.constant(stream, "int64"), epoch])
    return tf.random.experimental.index_shuffle(number % size, seed=seed, max_index=size - 1)


def _reader(prepared: Prepared, draws: int) -> Callable[[tf.Tensor], dict]:
    """A function from a position to a sample: out of memory if all fits and is used often enough, else from files."""
    if prepared.native_labels:
        raise ValueError("Labels of their own size are for evaluation; prepare the domain for training.")
    if draws >= len(prepared) // 2 and frames_bytes(prepared) <= LARGEST_MEMORY:
        table = in_memory(prepared)
        return lambda place: {key: tf.gather(values, place) for key, values in table.items()}
    table, decode = constants(columns(prepared)), decoder(prepared)
    return lambda place: decode({key: tf.gather(values, place) for key, values in table.items()})
