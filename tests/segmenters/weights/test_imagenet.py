"""Keras' own ImageNet networks land in ours: same maps for the same image, without a download."""

import inspect
import sys
from pathlib import Path
from urllib.error import URLError

import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from keras_uda.core.errors import ServerError
from keras_uda.segmenters.blocks import CAFFE_MEAN
from keras_uda.segmenters.deeplab_v2 import deeplab_v2_resnet101
from keras_uda.segmenters.deeplab_v2_vgg16 import deeplab_v2_vgg16
from keras_uda.segmenters.weights import imagenet


def randomise(model: keras.Model) -> None:
    """Weights with which no map dies out and no mistake of the mapping stays hidden."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        arrays = [array + random.normal(0, 0.1, array.shape) for array in layer.get_weights()]
        if isinstance(layer, keras.layers.BatchNormalization):
            arrays[3] = np.abs(arrays[3]) + 0.5
        layer.set_weights(arrays)


@pytest.mark.slow
def test_resnet101_of_keras_gives_the_same_features_on_its_grid():
    source = keras.applications.ResNet101(include_top=False, weights=None, input_shape=(65, 129, 3))
    randomise(source)
    model = deeplab_v2_resnet101(3, weights="none", batch_norm="batch_stats")
    imagenet.copy_resnet101(model, source)
    image = np.random.default_rng(1).uniform(0, 255, (1, 65, 129, 3)).astype("float32")
    expected = source(image[..., ::-1] - np.float32(CAFFE_MEAN))
    features = model(image)["features"]
    # Dilation instead of two strides: every fourth position of our map is a position of theirs.
    assert features.shape[1:3] == (9, 17)
    np.testing.assert_allclose(features[:, ::4, ::4], expected, rtol=2e-3, atol=2e-4 * np.abs(expected).max())


@pytest.fixture
def fetched(monkeypatch, tmp_path):
    """Gives the addresses that are asked; `content` is what comes, or what is raised."""
    asked = []

    def install(content: bytes | Exception) -> list[str]:
        def retrieve(address, target, *_):
            asked.append(address)
            if isinstance(content, Exception):
                raise content
            Path(target).write_bytes(content)

        monkeypatch.setattr(file_utils, "urlretrieve", retrieve)
        return asked

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    return install


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (URLError("connection refused"), "connection refused"),
        (b"<html>404</html>", "6d6bbae143d832006294945121d1f1fc"),
        (b"\x89HDF\r\n\x1a\n" + bytes(1000), "6d6bbae143d832006294945121d1f1fc"),
    ],
)
def test_weights_that_cannot_be_fetched_are_one_clear_error(content, what, fetched):
    """W5: nobody there, another page, a cut file; each time it is asked again, and nothing is loaded."""
    asked = fetched(content)
    for number in (1, 2):
        with pytest.raises(ServerError, match="could not be fetched .*--segmenter.weights none") as error:
            imagenet.load_vgg16(None)
        assert error.value.exit_code == 7 and what in str(error.value) and len(asked) == number


def test_a_short_file_of_a_killed_download_is_fetched_again(fetched, tmp_path):
    """W5: the file in the cache counts only with its hash."""
    name = imagenet.VGG16.address.rpartition("/")[2]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_bytes(b"half")
    asked = fetched(b"again not whole")
    with pytest.raises(ServerError):
        imagenet.load_vgg16(None)
    assert asked == [imagenet.VGG16.address]


@pytest.mark.parametrize("file", [imagenet.RESNET101, imagenet.VGG16, imagenet.VGG16_DENSE])
def test_hashes_are_those_that_keras_publishes(file):
    source = inspect.getsource(sys.modules["keras.src.applications." + file.address.split("/")[-2]])
    assert file.md5 in source and file.address.rpartition("/")[2].removeprefix("resnet101") in source


@pytest.mark.slow
def test_vgg16_of_keras_lands_in_the_convolutions():
    from keras_uda.segmenters.weights.imagenet import copy_vgg16

    source = keras.applications.VGG16(include_top=False, weights=None)
    model = deeplab_v2_vgg16(3, weights="none")
    copy_vgg16(model, source)
    np.testing.assert_array_equal(model.get_layer("features.27").kernel, source.get_layer("block5_conv3").kernel)
