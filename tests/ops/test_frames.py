"""The resizes inside the graph give the same bytes as those of the clients, which are tested by their equations."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.ops.frames import nearest_back
from keras_uda.ops.frames import resize_frames
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map

SHAPES = [((54, 96), (19, 25)), ((33, 65), (48, 64)), ((1, 1), (3, 5)), ((7, 5), (8, 9)), ((12, 16), (12, 16))]
SHAPES += [((40, 13), (7, 26)), ((200, 300), (1, 2))]


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_frames_are_resized_to_the_same_bytes(before, after):
    frame = np.random.default_rng(before[0]).integers(0, 256, (*before, 3)).astype("uint8")
    in_graph = tf.function(lambda frames: resize_frames(frames, *after))(frame[None])[0]
    np.testing.assert_array_equal(resize_frame(frame, after[::-1]), in_graph)


@pytest.mark.parametrize(("before", "after"), SHAPES)
def test_maps_are_brought_back_the_same_way(before, after):
    label = np.random.default_rng(0).integers(0, 19, before).astype("uint8")
    np.testing.assert_array_equal(nearest_back(label[None], list(after))[0], resize_map(label, after[::-1]))
