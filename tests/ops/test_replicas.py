"""What replicas tell each other: parts of a batch give what the whole batch gives."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.block_mask import draw_blocks
from keras_uda.augment.class_mix import confident_share
from keras_uda.augment.class_mix import random_class_mask
from keras_uda.augment.copies import of_next_image
from keras_uda.augment.photometric import colour_and_blur
from keras_uda.augment.rand_augment import strong_view
from keras_uda.ops import replicas
from keras_uda.ops.random import uniform
from keras_uda.ops.random import uniform_of_images
from keras_uda.ops.warp import random_window
from tests.two_replicas import on_two_replicas

SEED = tf.constant([3, 7], "int32")
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 10, 3)).astype("float32")
LABELS = np.random.default_rng(1).integers(0, 4, (4, 8, 10))


def test_one_replica_gets_back_what_it_gives():
    value = tf.constant([1.0, 2.0])
    same = (replicas.mean_over_replicas, replicas.sum_over_replicas, replicas.whole_batch, replicas.joined_batch)
    for function in same:
        assert function(value) is value
    assert replicas.own_part(value, 2) is value and replicas.any_of_replicas(value) is value and replicas.count() == 1
    assert replicas.divisor(tf.constant(0.0)) == 1 and replicas.divisor(tf.constant(0.25)) == 0.25


def test_sums_means_and_parts():
    values = tf.constant([1.0, 2.0, 3.0, 5.0])
    for function, expected in (
        (lambda v: replicas.sum_over_replicas(tf.reduce_sum(v)), 11),
        (lambda v: replicas.mean_over_replicas(v[0]), 2),
        (lambda v: replicas.divisor(tf.reduce_sum(v)), 5.5),
        (lambda v: replicas.divisor(0 * v[0]), 1),
    ):
        assert [float(one) for one in on_two_replicas(function, values)] == [expected, expected]
    for part in on_two_replicas(lambda v: replicas.whole_batch(v > 2), values):
        assert part.numpy().tolist() == [False, False, True, True]
    parts = on_two_replicas(lambda v: replicas.own_part(replicas.whole_batch(v), 2), values)
    assert [part.numpy().tolist() for part in parts] == [[1, 2], [3, 5]]
    assert [bool(one) for one in on_two_replicas(lambda v: replicas.any_of_replicas(v[0] > 2), values)] == [True, True]


def test_a_joined_batch_has_the_gradient_of_its_own_part():
    """Of a loss over both parts; how two real replicas add theirs up, the tests of methods on replicas say."""
    values = tf.constant(np.arange(8, dtype="float32").reshape(4, 2) ** 2)

    def gradient_of_part(rows):
        with tf.GradientTape() as tape:
            tape.watch(rows)
            joined = replicas.joined_batch(rows)
            loss = tf.reduce_sum((joined - tf.roll(joined, 1, axis=0)) ** 3)
        return tape.gradient(loss, rows)

    whole = tf.concat(on_two_replicas(gradient_of_part, values), 0)
    np.testing.assert_allclose(whole, gradient_of_part(values), rtol=1e-5)


@pytest.mark.parametrize(("shape", "axis"), [([4], 0), ([4, 3], 0), ([3, 4], 1), ([2, 4, 1, 5], 1)])
def test_every_image_has_the_numbers_that_it_has_alone(shape, axis):
    def draw(part):
        own = [*shape]
        own[axis] = len(part)
        return uniform_of_images(own, axis, SEED, -1.0, 1.0)

    parts = on_two_replicas(draw, np.zeros(4))
    np.testing.assert_array_equal(tf.concat(parts, axis), uniform(shape, SEED, -1.0, 1.0))


@pytest.mark.parametrize(
    "function",
    [
        lambda images, labels: random_class_mask(labels, 4, SEED),
        lambda images, labels: colour_and_blur(images, SEED, strength=0.25, jitter_chance=1.0, blur_chance=1.0),
        lambda images, labels: strong_view(images, SEED).images,
        lambda images, labels: random_window(len(images), (8, 10), (4, 5), (0.5, 1.5), SEED),
        lambda images, labels: draw_blocks(len(images), 3, 2, SEED),
        lambda images, labels: of_next_image(images),
    ],
)
def test_images_are_changed_as_in_the_whole_batch(function):
    images, labels = tf.constant(IMAGES), tf.constant(LABELS, "int32")
    parts = on_two_replicas(function, images, labels)
    np.testing.assert_allclose(tf.concat(parts, 0), function(images, labels), atol=1e-4)
    assert not np.allclose(parts[0], parts[1])


def test_the_share_of_sure_pixels_is_that_of_the_whole_batch():
    confidence = np.random.default_rng(2).uniform(size=(4, 5, 6)).astype("float32") ** [[[1]], [[1]], [[4]], [[9]]]
    for part in on_two_replicas(lambda one: confident_share(one, 0.5), confidence):
        np.testing.assert_allclose(part, confident_share(confidence, 0.5), rtol=1e-6)
