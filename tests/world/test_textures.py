"""Pictures with smaller copies, and tileable noise."""

import numpy as np
import pytest

from keras_uda.world.textures import Sprite
from keras_uda.world.textures import Texture
from keras_uda.world.textures import value_noise


def test_a_distant_texture_is_a_smaller_copy():
    texture = Texture(np.zeros((64, 128, 3), np.uint8), 16)
    near, metre = texture.level(1 / 16)  # a pixel of the texture on each of the image
    assert near.shape[:2] == (64, 128) and metre == 16
    far, metre = texture.level(4 / 16)
    assert far.shape[:2] == (16, 32) and metre == 4
    assert min(texture.level(1000.0)[0].shape[:2]) >= 4


def test_a_mirrored_sprite_is_the_picture_turned_round():
    generator = np.random.default_rng(0)
    roles = generator.integers(0, 256, (40, 24, 3)).astype(np.uint8)
    mask = np.where(generator.random((40, 24)) < 0.5, 255, 0).astype(np.uint8)
    sprite = Sprite(roles, mask)
    plain, mirrored = (sprite.scaled(24, 40, (0, 0, 24, 40), mirror) for mirror in (False, True))
    np.testing.assert_array_equal(plain[0], roles)
    np.testing.assert_array_equal(plain[1], mask)
    np.testing.assert_array_equal(mirrored[0], roles[:, ::-1])
    np.testing.assert_array_equal(sprite.scaled(24, 40, (4, 10, 20, 30), False)[0], roles[10:30, 4:20])


@pytest.mark.parametrize("octaves", [((4, 1.0),), ((3, 1.0), (9, 0.6))])
def test_noise_is_normal_and_its_edges_meet(octaves):
    noise = value_noise(np.random.default_rng(3), 90, 144, octaves)
    assert noise.shape == (90, 144) and abs(noise.mean()) < 1e-4 and noise.std() == pytest.approx(1, abs=1e-4)
    seam, inside = np.abs(noise[0] - noise[-1]).mean(), np.abs(np.diff(noise, axis=0)).mean()
    assert seam < 3 * inside
