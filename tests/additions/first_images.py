"""Only the first images of the source."""

import tensorflow as tf

from keras_uda.config.ranges import Steps
from keras_uda.data.prepared import Prepared
from keras_uda.data.samplers.sampler import Drawing
from keras_uda.data.samplers.sampler import Sampler


class FirstImages(Sampler):
    """Draws one of the first images.

    Args:
        images: how many there are to draw from.
    """

    def __init__(self, *, images: Steps = 2):
        self.images = images

    def drawing(self, source: Prepared) -> Drawing:
        most = min(self.images, len(source))
        return lambda seed: (tf.random.stateless_uniform([], seed, 0, most, "int64"), None)
