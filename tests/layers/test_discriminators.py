"""The discriminator of the output space."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.layers.discriminators import Discriminator
from keras_uda.layers.discriminators import Discriminators
from keras_uda.losses.adversarial import SOURCE
from keras_uda.losses.adversarial import TARGET
from keras_uda.losses.adversarial import domain_loss
from keras_uda.losses.adversarial import least_squares
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.published import assert_gradients
from tests.published import set_weights


def test_parameters_of_the_published_size():
    assert Discriminator(19).count_params() == 2_781_121


@pytest.mark.parametrize("size,scores", [((720, 1280), (22, 40)), ((512, 1024), (16, 32)), ((33, 65), (1, 2))])
def test_size_of_the_scores(size, scores):
    output = keras.ops.shape(Discriminator(3, base=1)(tf.zeros((1, *size, 3))))
    assert output == (1, *scores, 1)


def test_a_map_below_32_pixels_is_refused():
    with pytest.raises(ValueError, match="32x31.*at least 32x32"):
        Discriminator(3, base=2)(tf.zeros((1, 31, 32, 3)))


def test_initial_weights_are_those_of_pytorch():
    keras.utils.set_random_seed(0)
    for convolution in Discriminator(19, base=16).hidden:
        bound = 1 / np.sqrt(np.prod(convolution.kernel.shape[:3]))
        for weights in (convolution.kernel.numpy(), convolution.bias.numpy()):
            assert np.abs(weights).max() <= bound
        assert convolution.kernel.numpy().std() == pytest.approx(bound / np.sqrt(3), rel=0.05)


def test_policy_leaves_the_scores_in_float32():
    discriminators = Discriminators(2, channels=3, base=2, policy="mixed_bfloat16")
    scores = discriminators([tf.zeros((1, 32, 32, 3))] * 2)
    assert [score.dtype for score in scores] == ["float32"] * 2
    assert {layer.compute_dtype for layer in discriminators.levels[0].hidden} == {"bfloat16"}
    assert discriminators.levels[1].score.compute_dtype == "float32"
    assert {variable.dtype for variable in discriminators.variables} == {"float32"}


def published():
    arrays, meta = load_vectors("adaptsegnet_discriminator")
    discriminator = Discriminator(*arrays["param_D_0_kernel"].shape[2:])
    set_weights(arrays, "param_D", discriminator)
    return arrays, meta, discriminator, tf.constant(arrays["in_logits"])


def test_published_values():
    arrays, meta, discriminator, logits = published()
    scores = discriminator(tf.nn.softmax(logits))
    assert_matches(scores, arrays, meta, "out_D")
    assert_matches(least_squares(scores, SOURCE), arrays, meta, "out_lsgan_0")


@pytest.mark.parametrize("number,domain", [(0, SOURCE), (1, TARGET)])
def test_published_gradients(number, domain):
    arrays, meta, discriminator, logits = published()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss = domain_loss(discriminator(tf.nn.softmax(logits)), domain)
    assert_matches(loss, arrays, meta, f"out_bce_{number}")
    gradients = {v.path: tape.gradient(loss, v) for v in discriminator.trainable_variables}
    assert_gradients(arrays, meta, f"grad_bce_{number}_D", discriminator, gradients)
    kernels = [convolution.kernel for convolution in (*discriminator.hidden, discriminator.score)]
    norms = [np.linalg.norm(gradients[kernel.path]) for kernel in kernels]
    assert_matches(norms, arrays, meta, f"gradnorm_bce_{number}_D_kernels")
    if number == 0:
        assert_matches(tape.gradient(loss, logits)[0], arrays, meta, "grad_bce_0_logits_image0")
