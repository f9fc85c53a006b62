"""AdaBN: the statistics are those of all images seen; weights, and statistics after a bad image, are untouched."""

import keras
import numpy as np
import pytest

from keras_uda.methods.adabn import AdaBN
from keras_uda.segmenters.blocks import BatchNorm
from tests.toy import toy_batch
from tests.toy import toy_segmenter
from tests.toy import train


def normalised_input(normalization):
    """A segmenter that normalises the image itself: its statistics are those of the images."""
    image = keras.Input((4, 4, 3))
    features = normalization(image)
    logits = keras.layers.Conv2D(2, 1)(features)
    return keras.Model(image, {"logits": logits, "features": features, "skips": {}})


@pytest.mark.parametrize(
    "layer", [keras.layers.BatchNormalization(), BatchNorm("live"), BatchNorm("batch_stats")], ids=lambda one: one.name
)
def test_statistics_of_all_images(layer):
    method = AdaBN(normalised_input(layer))
    method.compile({})
    layer.moving_mean.assign([9, 9, 9])
    rng = np.random.default_rng(0)
    batches = [rng.normal(number, 1 + number, (2, 4, 4, 3)).astype("float32") for number in range(3)]
    for images in batches:
        method.train_step({"target": {"image": images}})
    everything = np.concatenate(batches)
    np.testing.assert_allclose(layer.moving_mean, everything.mean((0, 1, 2)), rtol=1e-4)
    # PyTorch's variance is unbiased in each batch of 32 values.
    np.testing.assert_allclose(layer.moving_variance, everything.var((0, 1, 2)), rtol=0.04)
    assert layer.momentum > 0.5


def test_it_goes_through_fit_and_touches_no_weight():
    method = AdaBN(toy_segmenter())
    method.compile({})
    before = [np.array(weight) for weight in method.segmenter.trainable_variables]
    logs = train(method, "adabn", steps=2)
    assert logs["statistics_shift"] > 0 and float(method.batches.numpy()) == 2
    for old, new in zip(before, method.segmenter.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_shift_falls():
    method = AdaBN(toy_segmenter())
    method.compile({}, run_eagerly=True)
    shifts = []
    for seed in range(6):
        method.reset_metrics()
        shifts.append(float(method.train_step(toy_batch("adabn", seed=seed))["statistics_shift"]))
    assert shifts[0] > 3 * shifts[-1]


def test_a_segmenter_without_moving_statistics_is_refused():
    with pytest.raises(ValueError, match="no layer of .* moves its statistics"):
        AdaBN(normalised_input(BatchNorm("frozen")))


def test_the_source_keeps_its_share():
    layer = BatchNorm("live")
    segmenter = normalised_input(layer)
    segmenter.target_share = 0.75
    layer.moving_mean.assign([9, 9, 9])
    layer.moving_variance.assign([4, 4, 4])
    method = AdaBN(segmenter)
    method.compile({})
    images = np.random.default_rng(0).normal(1, 2, (8, 4, 4, 3)).astype("float32")
    for _ in range(2):  # the same images twice: their statistics stay what they are
        method.train_step({"target": {"image": images}})
    np.testing.assert_allclose(layer.moving_mean, 0.75 * images.mean((0, 1, 2)) + 0.25 * 9, rtol=1e-4)
    unbiased = images.var((0, 1, 2)) * 128 / 127
    np.testing.assert_allclose(layer.moving_variance, 0.75 * unbiased + 0.25 * 4, rtol=1e-4)


def test_decayed_statistics_are_those_of_the_equation():
    """UBNA: rate 0.1 exp(-0.08 k) of batch k = 0, 1, ..., from the statistics of the given segmenter."""
    layer = keras.layers.BatchNormalization()
    method = AdaBN(normalised_input(layer), decay=0.08)
    method.compile({})
    mean, variance = np.zeros(3), np.ones(3)
    rng = np.random.default_rng(0)
    for k in range(4):
        images = rng.normal(3, 2 + k, (2, 4, 4, 3)).astype("float32")
        method.train_step({"target": {"image": images}})
        rate = 0.1 * np.exp(-0.08 * k)
        mean = (1 - rate) * mean + rate * images.mean((0, 1, 2))
        variance = (1 - rate) * variance + rate * images.var((0, 1, 2))
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-4)


def test_deeper_layers_move_less_with_a_decay_by_layer():
    """UBNA+: rate 0.5 exp(-l) of layer l = 1, 2, ...; the second layer is fed by one that normalises with the batch."""
    first, second = keras.layers.BatchNormalization(), keras.layers.BatchNormalization()
    image = keras.Input((4, 4, 3))
    logits = keras.layers.Conv2D(2, 1)(second(first(image)))
    images = np.random.default_rng(0).normal(1, 2, (8, 4, 4, 3)).astype("float32")
    second.moving_mean.assign([7, 7, 7])
    method = AdaBN(keras.Model(image, {"logits": logits}), decay=0.0, rate=0.5, layer_decay=1.0)
    method.compile({})
    method.train_step({"target": {"image": images}})
    np.testing.assert_allclose(first.moving_mean, 0.5 * np.exp(-1) * images.mean((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(second.moving_mean, 7 * (1 - 0.5 * np.exp(-2)) * np.ones(3), rtol=1e-4)


def test_a_decay_and_a_share_of_the_target_mix_twice():
    layer = keras.layers.BatchNormalization()
    segmenter = normalised_input(layer)
    segmenter.target_share = 0.5
    method = AdaBN(segmenter, decay=0.0, rate=0.5)
    method.compile({})
    method.train_step({"target": {"image": np.full((2, 4, 4, 3), 8, "float32")}})
    np.testing.assert_allclose(layer.moving_mean, [2, 2, 2], rtol=1e-5)  # half of the four that half of eight is
