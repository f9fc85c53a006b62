"""Statistics follow a stream by their equation, from the first frame on, and nothing else of the segmenter moves."""

import keras
import numpy as np
import pytest

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.following import Following
from keras_uda.segmenters.following import contrast
from keras_uda.segmenters.following import follow
from keras_uda.segmenters.inference import runner_of
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_run


def stacked(*layers):
    """A segmenter that normalises the image itself, layer after layer; its logits are what comes out."""
    image = keras.Input((None, None, 3))
    x = image
    for layer in layers:
        x = layer(x)
    model = keras.Model(image, {"logits": x})
    model.stride = 1
    return model


def frames(number):
    noise = np.random.default_rng(0).integers(0, 100, (number, 1, 18, 32, 3))
    return (noise + np.linspace(0, 150, 32)[:, None]).astype("uint8")


def test_contrast_is_that_of_blocks():
    image = np.zeros((17, 33, 3), "uint8")
    image[:, 16:] = 200
    assert contrast(image) == 100 and contrast(np.full((16, 16, 3), 90, "uint8")) == 0
    image[:] = 255 * (np.indices((17, 33)).sum(0) % 2)[..., None]  # a chessboard of pixels
    assert contrast(image) == 0


def test_the_mean_and_the_variance_are_those_of_the_equation():
    layer = BatchNorm("live")
    following = Following(stacked(layer), rate=0.25)
    mean, variance = np.zeros(3), np.ones(3)
    for image in frames(4):
        following(image)
        m, v = image.mean((0, 1, 2)), image.astype("float64").var((0, 1, 2))
        variance = 0.75 * (variance + 0.25 * (m - mean) ** 2) + 0.25 * v
        mean = mean + 0.25 * (m - mean)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)


def test_they_are_mean_and_variance_of_all_values_that_were_seen():
    values = np.random.default_rng(0).normal(size=5)
    mean, variance, weights = 2.0, 3.0, [1.0]
    for value in values:
        mean, variance = follow(mean, variance, value, 0.5, 0.2)
        weights = [*(0.8 * one for one in weights), 0.2]
    means, variances = np.array([2.0, *values]), np.array([3.0, *[0.5] * 5])
    expected = np.average(means, weights=weights)
    assert float(mean) == pytest.approx(expected)
    assert float(variance) == pytest.approx(np.average(variances + (means - expected) ** 2, weights=weights))


def test_a_frame_is_normalised_with_what_it_moved_and_no_later_one_matters():
    layer = BatchNorm("live")
    following, images = Following(stacked(layer), rate=0.5), frames(3)
    first, _ = following(images[0])
    normalised = (images[0] - layer.moving_mean.numpy()) / np.sqrt(layer.moving_variance.numpy() + layer.epsilon)
    np.testing.assert_array_equal(first, normalised.argmax(-1))
    following(images[1])
    again, _ = Following(stacked(BatchNorm("live")), rate=0.5)(images[0])
    np.testing.assert_array_equal(first, again)


def test_a_layer_is_fed_by_layers_that_follow_too():
    first, second = BatchNorm("live"), BatchNorm("live")
    following, (image,) = Following(stacked(first, second), rate=0.5), frames(1)
    following(image)
    fed = (image - first.moving_mean.numpy()) / np.sqrt(first.moving_variance.numpy() + first.epsilon)
    np.testing.assert_allclose(second.moving_mean, 0.5 * fed.mean((0, 1, 2)), rtol=1e-3)


def test_a_rate_of_zero_is_the_segmenter_itself_and_weights_never_move():
    segmenter, _ = load_segmenter(toy_run())
    images = np.stack([frame(index, WIDTH, HEIGHT) for index in range(4)])
    still, moving = Following(segmenter, rate=0.0), load_segmenter(toy_run())[0]
    run = runner_of(load_segmenter(toy_run())[0])
    expected = np.concatenate([run(image[None])[0] for image in images])
    np.testing.assert_array_equal(np.concatenate([still(image[None])[0] for image in images]), expected)
    following, before = Following(moving), [np.array(one) for one in moving.trainable_variables]
    found = np.concatenate([following(image[None])[0] for image in images])
    assert (found != expected).any()
    for old, new in zip(before, moving.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("level", [0, 255])
def test_pictures_that_show_nothing_move_nothing(level):
    layer = BatchNorm("live")
    following = Following(stacked(layer))
    following(frames(1)[0])
    before = np.array(layer.moving_mean), np.array(layer.moving_variance)
    noise = np.random.default_rng(0).integers(0, 6, (1, 180, 320, 3))
    following(np.abs(level - noise).astype("uint8"))
    np.testing.assert_array_equal(before, (layer.moving_mean, layer.moving_variance))
    assert following.summary() == {"moved_by": 1, "showed_nothing": 1}
    following.restart()
    assert following.summary() == {"moved_by": 0, "showed_nothing": 0}


def test_frozen_layers_stay_and_a_segmenter_of_such_alone_is_refused():
    frozen, live = BatchNorm("frozen"), BatchNorm("batch_stats")
    Following(stacked(frozen, live))(frames(1)[0])
    assert not np.array(frozen.moving_mean).any() and np.array(live.moving_mean).any()
    with pytest.raises(ValueError, match="no layer of .* moves its statistics"):
        Following(stacked(BatchNorm("frozen")))


def test_other_runs_of_the_segmenter_see_what_it_has_become_and_move_nothing():
    layer = BatchNorm("live")
    segmenter = stacked(layer)
    Following(segmenter)(frames(1)[0])
    before = np.array(layer.moving_mean)
    segmenter(frames(1)[0].astype("float32"), training=False)
    np.testing.assert_array_equal(before, layer.moving_mean)
