"""A network is built only as far as its weights file can hold it: a record of one kilobyte may name any width."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from keras_uda.core.errors import ArtefactError

SLACK = 1_000_000  # bytes: a network that is a little larger is built, and the layer that does not fit is named
LEAST = 200  # bytes that a variable takes in a file, with what describes it


@contextmanager
def at_most(size: int, path: Path) -> Iterator[None]:
    """Ends the making of variables when they would take more than twice `size`, before the memory is taken.

    Args:
        size: bytes of the values that the file holds.
        path: of that file, for the message.
    Raises:
        ArtefactError: a variable more than there is room for.
    """
    left, scratch = 2 * size + SLACK, tf.Graph()

    def create(next_creator, **options):
        nonlocal left
        left -= max(LEAST, _bytes(options["initial_value"], scratch))
        if left < 0:
            what = f"its record describes a network that is larger than this file, which holds {size} bytes"
            raise ArtefactError(path, what, "Copy both files again, or train again")
        return next_creator(**options)

    with tf.variable_creator_scope(create):
        yield


def _bytes(value: object, scratch: tf.Graph) -> int:
    """Of a variable; what would give its first value is asked for its shape alone."""
    if callable(value):
        with scratch.as_default():
            value = value()
    value = value if tf.is_tensor(value) else tf.convert_to_tensor(value)
    return value.shape.num_elements() * value.dtype.size
