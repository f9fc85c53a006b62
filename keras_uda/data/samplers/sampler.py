"""What a sampler is: an object that says which source image comes next, as a function of a seed."""

from collections.abc import Callable

import tensorflow as tf

from keras_uda.augment.windows import RequiredClass
from keras_uda.data.prepared import Prepared

Drawing = Callable[[tf.Tensor], tuple[tf.Tensor, RequiredClass | None]]


class Sampler:
    """Draws source images with replacement. A new one is a subclass in a file of its own, and its line in `SAMPLERS`.

    Options of a sampler are the keyword-only arguments of its `__init__`, with types of `config/ranges.py`. A
    configuration gives them as `data.source.sampler: {name: {option: value}}`.
    """

    def drawing(self, source: Prepared) -> Drawing:
        """Looks at the source once.

        Args:
            source: with labels at network size.
        Returns:
            A function of TensorFlow operations: seed, int64 (2,) -> (row of the source, int64 scalar; what a random
            crop of this image should hold, or None).
        """
        raise NotImplementedError
