"""Every sampler of the table draws rows of the source, from the seed alone and with operations of TensorFlow."""

import pytest
import tensorflow as tf

from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import resolve
from keras_uda.data.samplers.sampler import Sampler
from tests.data import making


@pytest.mark.parametrize("name", SAMPLERS)
def test_rows_are_a_function_of_the_seed(tmp_path, name):
    source = making.prepared(making.make_folder(tmp_path))
    sampler = resolve(SAMPLERS, name, "data.samplers")()
    assert isinstance(sampler, Sampler)
    draw = sampler.drawing(source)
    seeds = tf.data.Dataset.range(40).map(lambda number: draw(tf.stack([tf.constant(5, "int64"), number]))[0])
    rows = [int(row) for row in seeds]
    assert set(rows) <= set(range(len(source))) and len(set(rows)) > 1
    assert rows == [int(draw(tf.constant([5, number], "int64"))[0]) for number in range(40)]
