"""Networks between features and images: instance norm, residual blocks, the patch discriminator of LSD-seg."""

import numpy as np
import pytest
from keras import ops

from keras_uda.layers.image_space import PatchDiscriminator
from keras_uda.layers.image_space import Residual
from keras_uda.layers.image_space import fit
from keras_uda.layers.image_space import instance_norm


def test_instance_norm_matches_its_equation():
    maps = np.random.default_rng(0).normal(3, 2, (2, 4, 5, 3)).astype("float32")
    mean, variance = maps.mean((1, 2), keepdims=True), maps.var((1, 2), keepdims=True)
    np.testing.assert_allclose(instance_norm(maps), (maps - mean) / np.sqrt(variance + 1e-5), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(8, 12), (4, 6), (5, 7)])
def test_maps_are_fitted_to_the_size_of_others(size):
    maps = np.random.default_rng(0).normal(size=(1, 4, 6, 2)).astype("float32")
    fitted = np.array(fit(maps, np.zeros((1, *size, 3))))
    assert fitted.shape == (1, *size, 2)
    if size == (4, 6):
        np.testing.assert_array_equal(fitted, maps)


def test_a_residual_block_adds_to_its_input():
    maps = np.random.default_rng(0).normal(size=(1, 4, 4, 2)).astype("float32")
    block = Residual(2, ops.relu, 0.0, "float32")
    block.convolution.kernel.assign(np.zeros(block.convolution.kernel.shape))
    np.testing.assert_allclose(block(maps), maps)  # a constant map has norm 0


def test_the_patch_discriminator_sees_patches_of_eight():
    discriminator = PatchDiscriminator(4, 2, 0.0, "float32")
    answer = discriminator(np.zeros((2, 64, 80, 3)))
    assert answer["kind"].shape == (2, 8, 10, 4) and answer["category"].shape == (2, 8, 10, 4)
