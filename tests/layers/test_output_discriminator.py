"""The discriminator of ProDA's warm-up."""

import numpy as np
import pytest

from keras_uda.layers.output_discriminator import OutputDiscriminator


@pytest.mark.parametrize(("size", "scores"), [((32, 48), (2, 3)), ((33, 50), (3, 4)), ((16, 16), (1, 1))])
def test_scores_are_at_a_sixteenth_of_the_map_rounded_up(size, scores):
    discriminator = OutputDiscriminator(3, base=2)
    assert discriminator(np.zeros((2, *size, 3), "float32")).shape == (2, *scores, 1)


def test_a_pixel_matches_its_equation():
    maps = np.random.default_rng(0).normal(size=(1, 1, 1, 3)).astype("float32")
    discriminator, x = OutputDiscriminator(3, base=2), maps[0, 0, 0]
    for number, convolution in enumerate(discriminator.hidden):
        kernel, bias = convolution.get_weights()
        x = x @ kernel[1, 1] + bias  # the other cells of the kernel see padding
        x = np.where(x > 0, x, 0.2 * x if number == 3 else 0)
    kernel, bias = discriminator.score.get_weights()
    np.testing.assert_allclose(np.ravel(discriminator(maps)), x @ kernel[0, 0] + bias, rtol=1e-4)


def test_scores_are_float32_under_mixed_precision():
    discriminator = OutputDiscriminator(3, base=2, policy="mixed_bfloat16")
    assert discriminator(np.zeros((1, 16, 16, 3), "float32")).dtype == "float32"
