"""Which generator decodes the features of a segmenter follows from what the segmenter says of itself."""

import keras
import numpy as np
import pytest

from keras_uda.layers.generators import FCN8sGenerator
from keras_uda.layers.generators import SkipGenerator
from keras_uda.layers.generators import build_generator
from keras_uda.layers.generators import finer_maps
from tests.toy import toy_segmenter


def padded(border: int) -> keras.Model:
    """Maps at the strides of an FCN-8s, of images with a border of so many pixels."""
    image = keras.Input((None, None, 3))
    x, skips = keras.layers.ZeroPadding2D(border)(image), {}
    for number in range(1, 6):
        x = keras.layers.MaxPooling2D(2, padding="same")(x)
        skips[f"pool{number}"] = x
    features = keras.layers.Conv2D(4, 7)(x)
    model = keras.Model(image, {"features": features, "skips": {name: skips[name] for name in ("pool3", "pool4")}})
    model.padding = border
    return model


def test_a_segmenter_that_pads_its_images_has_the_published_generator():
    segmenter = padded(99)
    segmenter.padding = 100  # the first convolution adds the last row
    generator = build_generator(segmenter, 2, 0.0, "float32")
    assert isinstance(generator, FCN8sGenerator)
    images = np.random.default_rng(0).random((1, 64, 64, 3)).astype("float32")
    assert generator(segmenter(images), images).shape == images.shape


@pytest.mark.parametrize("change", [{"padding": 0}, {}])
def test_all_others_have_the_general_one(change):
    segmenter = toy_segmenter()
    for name, value in change.items():
        setattr(segmenter, name, value)
    assert isinstance(build_generator(segmenter, 2, 0.0, "float32"), SkipGenerator)


def test_skips_are_joined_where_they_are_finer():
    assert finer_maps(toy_segmenter()) == (2, {1: ["stride2"]})
    generator = SkipGenerator(toy_segmenter(), base=2)
    assert [up.up.filters for up in generator.ups] == [4, 2]


@pytest.mark.parametrize("size", [(37, 51), (32, 40), (45, 64)])
def test_odd_sizes_come_back(size):
    image = keras.Input((None, None, 3))
    half = keras.layers.Conv2D(3, 3, 2, padding="same")(image)
    features = keras.layers.Conv2D(4, 3, 2, padding="same")(half)
    segmenter = keras.Model(image, {"logits": features, "features": features, "skips": {"half": half}})
    images = np.random.default_rng(0).random((1, *size, 3)).astype("float32")
    decoded = SkipGenerator(segmenter, base=2)(segmenter(images), images)
    assert decoded.shape == images.shape
    assert 0 <= np.min(decoded) and np.max(decoded) <= 1


def pooled(size, times: int) -> tuple[int, int]:
    """Sizes after so many halvings of the padded image, rounded up."""
    size = tuple(length + 198 for length in size)
    for _ in range(times):
        size = tuple(-(-length // 2) for length in size)
    return size


def fc7(size) -> tuple[int, int]:
    return tuple(length - 6 for length in pooled(size, 5))


@pytest.mark.parametrize("size", [(320, 640), (192, 256), (512, 1024), (200, 250)])
def test_the_published_generator_returns_the_size_of_the_image(size):
    """Sizes of `fcn8s_vgg16` with its padding of 100; no resizing where the published code needs none."""
    outputs = {"features": np.zeros((1, *fc7(size), 8)), "skips": {}}
    image = keras.Input((None, None, 3))
    maps = {name: keras.layers.Conv2D(width, 1)(image) for name, width in (("fc7", 8), ("pool4", 4), ("pool3", 2))}
    skips = {"pool4": maps["pool4"], "pool3": maps["pool3"]}
    segmenter = keras.Model(image, {"logits": maps["fc7"], "features": maps["fc7"], "skips": skips})
    segmenter.padding = 100
    generator = FCN8sGenerator(segmenter, base=1)
    outputs["skips"] = {"pool4": np.zeros((1, *pooled(size, 4), 4)), "pool3": np.zeros((1, *pooled(size, 3), 2))}
    images = np.zeros((1, *size, 3))
    assert generator(outputs, images).shape == images.shape
    if size[0] % 64 == 0 and size[1] % 64 == 0:
        assert generator.second.up(np.zeros((1, *pooled(size, 4), 12))).shape[1] - 2 == pooled(size, 3)[0]
