"""Generators and discriminators of CyCADA: sizes of any kind, published numbers of weights, what a map sees."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.translation import PatchGAN
from keras_uda.layers.translation import UNet


@pytest.mark.parametrize("size", [(32, 40), (17, 5), (1, 1), (3, 64)])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_images_of_any_size_keep_it(size, depth):
    images = np.random.default_rng(0).uniform(-1, 1, (2, *size, 3)).astype("float32")
    translated = np.asarray(UNet(base=2, depth=depth)(images))
    assert translated.shape == images.shape and np.isfinite(translated).all() and np.abs(translated).max() <= 1
    scores = np.asarray(PatchGAN(base=2)(images))
    assert scores.shape == (2, -(-size[0] // 8), -(-size[1] // 8), 1) and np.isfinite(scores).all()


def test_the_published_sizes():
    """Numbers of weights of `unet_256` and of the discriminator with three layers, with 64 channels and biases."""
    assert sum(np.prod(weight.shape) for weight in UNet().trainable_variables) == 54_409_603
    assert sum(np.prod(weight.shape) for weight in PatchGAN().trainable_variables) == 2_764_737


def test_a_score_sees_seventy_pixels():
    """Without norms, which see whole images; the gradient says which pixels a score depends on."""
    network, images = PatchGAN(base=2), tf.Variable(tf.random.normal((1, 200, 200, 3), seed=1))
    with tf.GradientTape() as tape, pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_uda.layers.translation.instance_norm", lambda maps: maps)
        score = network(images)[0, 12, 12, 0]
    rows = np.flatnonzero(np.abs(tape.gradient(score, images)[0].numpy()).sum(axis=(1, 2)))
    assert rows[-1] - rows[0] + 1 == 70


def test_skips_carry_what_the_bottleneck_loses():
    """A pixel of the image reaches its own place, with all maps but the first thrown away."""
    network = UNet(base=4, depth=3)
    for layer in (*network.downs[1:], *network.ups):
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    images = np.random.default_rng(1).uniform(-1, 1, (1, 16, 16, 3)).astype("float32")
    other = images.copy()
    other[0, 5, 5] *= -1
    changed = np.abs(np.asarray(network(images)) - np.asarray(network(other))).max(axis=-1)[0]
    assert changed[5, 5] > 0 and changed[12:, 12:].max() == 0


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_narrow_and_deep_networks_have_gradients(policy):
    """There and back through maps of one pixel: instance norm must not blow up what hardly varies."""
    keras.utils.set_random_seed(0)
    there, back = UNet(2, 7, policy), UNet(2, 7, policy)
    images = tf.random.uniform((1, 32, 64, 3), -1, 1, seed=1)
    with tf.GradientTape() as tape:
        loss = 10 * tf.reduce_mean(tf.abs(back(there(images)) - images))
    variables = there.trainable_variables + back.trainable_variables
    gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
    assert float(tf.linalg.global_norm(gradients)) < 1e4


def test_no_two_layers_begin_with_the_same_weights():
    network = UNet(2, 5)
    first, second = (np.ravel(layer.kernel) for layer in network.downs[-2:])
    assert not np.array_equal(first, second)
    assert np.std(first) == pytest.approx(0.02 * 32**0.5, rel=0.2)
    assert np.std(UNet(64, 2).downs[1].kernel) == pytest.approx(0.02, rel=0.05)
