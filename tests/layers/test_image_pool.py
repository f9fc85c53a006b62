"""The pool of old translations: it fills, then images change places, and nothing is lost or made up."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.image_pool import ImagePool
from keras_uda.layers.image_pool import from_bytes
from keras_uda.layers.image_pool import to_bytes
from tests.two_replicas import on_two_replicas


def marked(*values: int):
    """Images of one grey value each, in [-1, 1]."""
    return tf.stack([from_bytes(tf.fill((2, 3, 3), value)) for value in values])


def greys(images) -> list[int]:
    return np.asarray(to_bytes(images))[:, 0, 0, 0].tolist()


def shown(pool: ImagePool, values: list[int], seed: int, when: bool = True) -> list[int]:
    drawn = pool.draw(marked(*values), tf.constant([seed, 1], "int32"))
    pool.store(drawn, tf.constant(when))
    return greys(drawn.shown)


def held(pool: ImagePool) -> list[int]:
    return np.asarray(pool.images)[: int(pool.filled), 0, 0, 0].tolist()


def test_bytes_are_those_of_images():
    values = np.arange(256, dtype="uint8")
    np.testing.assert_array_equal(to_bytes(from_bytes(values)), values)


def test_a_pool_of_nothing_shows_what_is_new():
    assert shown(ImagePool(0, 1, 1), [3, 5], seed=0) == [3, 5]


def test_it_fills_with_what_it_shows():
    pool = ImagePool(5, 2, 3)
    assert shown(pool, [1, 2], 0) == [1, 2] and shown(pool, [3, 4], 1) == [3, 4]
    assert shown(pool, [5, 6], 2) == [5, 6]  # there was one place left
    assert held(pool) == [1, 2, 3, 4, 5]


def test_images_change_places_half_of_the_time():
    """What is shown and what is held together are what was there before; each old image comes once, if at all."""
    pool, old = ImagePool(3, 2, 3), 0
    shown(pool, [1, 2, 3], 0)
    for seed in range(100):
        before, new = held(pool), [10 + 2 * seed % 200, 11 + 2 * seed % 200]
        out = shown(pool, new, seed)
        assert sorted([*out, *held(pool)]) == sorted([*before, *new])
        old += sum(value in before and value not in new for value in out)
    assert 70 < old < 130


def test_more_images_than_places():
    pool = ImagePool(2, 2, 3)
    assert shown(pool, [1, 2, 3], 0) == [1, 2, 3] and held(pool) == [1, 2]
    out = shown(pool, [4, 5, 6, 7], 1)
    assert len(out) == 4 and out[2:] == [6, 7] and len(held(pool)) == 2


def test_a_step_that_is_not_finite_keeps_the_pool():
    pool = ImagePool(2, 2, 3)
    shown(pool, [1, 2], 0, when=False)
    assert int(pool.filled) == 0 and not np.asarray(pool.images).any()


@pytest.mark.parametrize("seed", [0, 1])
def test_two_replicas_share_one_pool(seed):
    alone = ImagePool(3, 2, 3)
    both = ImagePool(3, 2, 3)
    for pool in (alone, both):
        shown(pool, [1, 2, 3], 9)

    def draw(part):
        return both.draw(part, tf.constant([seed, 1], "int32"))

    parts = on_two_replicas(draw, marked(7, 8, 9, 6))
    whole = alone.draw(marked(7, 8, 9, 6), tf.constant([seed, 1], "int32"))
    np.testing.assert_array_equal(tf.concat([part.shown for part in parts], 0), whole.shown)
    for part in parts:
        np.testing.assert_array_equal(part.images, whole.images)
