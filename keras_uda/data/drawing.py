"""Which sample of a domain comes as number i, and how it is read.

Sample number i is in epoch i // N at position `index_shuffle(i % N, seed=[stream, epoch], max_index=N-1)`, or where a
sampler says, from the seed [stream, i]. Several domains of a side take turns by their shares: the sample is then number
j of the domain whose turn it is.
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
from keras_uda.data.joined import rows_of_domains
from keras_uda.data.joined import turns
from keras_uda.data.prepared import Prepared

SAMPLER = 5  # beside the streams of `augment`
BETWEEN_DOMAINS = 2**33  # streams of several domains of a side: above those of all seeds
Places = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, "RequiredClass | None"]]
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
        self.stream, self.read = stream, _reader(prepared, draws)
        self.place = (
            places_of_several(prepared, stream, sampler) if prepared.shares else places(prepared, stream, sampler)
        )

    def seed(self, number: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.constant(self.stream, "int64"), number])

    def draw(self, number: tf.Tensor) -> tuple[dict, RequiredClass | None]:
        """(sample as prepared, class that its crop should hold)."""
        place, required = self.place(number, self.seed(number))
        return self.read(place), required


def places(prepared: Prepared, stream: int, sampler: tuple[str, dict] | None) -> Places:
    """(number of a sample, its seed) -> (row, class that its crop should hold): of one domain."""
    if sampler is None:
        return lambda number, seed: (position(number, len(prepared), stream), None)
    name, options = sampler
    draw = resolve(SAMPLERS, name, "data.samplers")(**options).drawing(prepared)
    return lambda number, seed: draw(substream(seed, SAMPLER))


def places_of_several(prepared: Prepared, stream: int, sampler: tuple[str, dict] | None) -> Places:
    """`places` of several domains, which take turns by their shares; each has an order of its own.

    A sampler draws within the domain whose turn it is.
    """
    rows, shares = rows_of_domains(prepared)
    of_turn, before, counts = (tf.constant(values, "int64") for values in turns(shares))
    tables = [tf.constant(one, "int64") for one in rows]
    parts, length = [prepared.take(one) for one in rows], int(of_turn.shape[0])
    drawn = [places(part, stream + number * BETWEEN_DOMAINS, sampler) for number, part in enumerate(parts)]

    def place(number: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, RequiredClass | None]:
        turn, cycle = number % length, number // length
        domain = of_turn[turn]
        own = cycle * counts[domain] + before[turn]  # number of the sample within its domain
        found = [draw(own, seed) for draw in drawn]
        candidates = [tf.gather(table, row) for table, (row, _) in zip(tables, found, strict=True)]
        required = found[0][1]
        if required is not None:
            classes = tf.stack([one.label for _, one in found])
            required = required._replace(label=classes[domain])
        return tf.stack(candidates)[domain], required

    return place


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
