"""Which generator decodes the features of a segmenter follows from what the segmenter says of itself."""

import keras
import numpy as np
import pytest

from keras_uda.layers.generators import FCN8sGenerator
from keras_uda.layers.generators import SkipGenerator
from keras_uda.layers.generators import build_generator
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
