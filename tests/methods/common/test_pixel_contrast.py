"""Pixel contrast with a memory: what is remembered, and when it counts."""

import numpy as np

from keras_uda.methods.common.teaching import teacher_outputs
from keras_uda.ops.resize import nearest
from keras_uda.ops.resize import upsample
from tests.contrast import toy
from tests.toy import CLASSES
from tests.toy import toy_batch


def remembered(method, source, progress=1.0):
    taught = teacher_outputs(method.teacher, source["image"], upsample)
    return method.pixel_contrast.remember(taught, source["label"], progress)


def test_only_what_the_teacher_gets_right_is_remembered():
    source = toy_batch()["source"]
    method = toy(labelled_images=1)  # all of the memory from one image
    outputs, predicted, _ = teacher_outputs(method.teacher, source["image"], upsample)
    features = outputs["features"]
    right = np.array(nearest(predicted, features)) == np.array(nearest(source["label"], features))
    per_class = [int((right & (np.array(nearest(predicted, features)) == c)).sum()) for c in range(CLASSES)]
    memory = remembered(method, source)
    assert np.array(memory.filled).tolist() == [min(6, number) for number in per_class] and max(per_class) > 0
    np.testing.assert_array_equal(memory.slots, np.arange(6) < np.minimum(per_class, 6)[:, None])
    assert not np.array(remembered(toy(memory_confidence=0.999999), source).filled).any()
    assert not np.array(remembered(toy(memory_start=0.5), source, progress=0.4).filled).any()


def test_the_released_memory_keeps_the_lowest_attention_and_weighs_all_the_same():
    source = toy_batch()["source"]
    ours, released = (toy(official_bugs=bugs, memory_size=2, labelled_images=10) for bugs in (False, True))
    released.pixel_contrast.teacher_heads.set_weights(ours.pixel_contrast.teacher_heads.get_weights())
    kept = [np.array(remembered(method, source).vectors) for method in (ours, released)]
    assert np.abs(kept[0] - kept[1]).max() > 0
    slots = np.array([[1.0, 0.0]] * CLASSES, "float32")
    memory = remembered(released, source)
    np.testing.assert_array_equal(released.pixel_contrast.memory_scores(memory, slots), slots)
    scores = np.array(ours.pixel_contrast.memory_scores(memory, slots))
    assert (scores[:, 1] == 0).all() and (scores[:, 0] > 0).all() and (scores[:, 0] < 1).all()
