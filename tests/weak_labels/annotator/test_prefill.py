"""What a segmenter sees is what the page begins with; it is asked once."""

import keras
import numpy as np
import pytest
from PIL import Image

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.inference import probabilities_of
from keras_uda.segmenters.weights.record import make_record
from keras_uda.weak_labels.annotator import prefill
from keras_uda.weak_labels.annotator.guesses import in_order
from keras_uda.weak_labels.annotator.guesses import presence
from keras_uda.weak_labels.annotator.guesses import usefulness

CLASSES, IMAGES = ("road", "car", "sky"), ["0.png", "1.png", "broken.png"]


@pytest.fixture
def folder(tmp_path):
    """Two images, a broken one, and a segmenter of sky and road at 32x32."""
    (tmp_path / "images").mkdir()
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3)).astype("uint8")
        Image.fromarray(pixels).save(tmp_path / "images" / f"{number}.png")
    (tmp_path / "images" / "broken.png").write_bytes(b"\x89PNG")
    config = SegmenterConfig("tiny", weights="none")
    keras.utils.set_random_seed(0)
    model = build_segmenter(config, 2)
    save_segmenter(model, tmp_path / "model", make_record(config, ("sky", "road"), "32x32"))
    return tmp_path


def guess(folder):
    return prefill.guess(folder / "model", folder / "images", IMAGES, folder / "tags.csv", CLASSES)


def test_guesses_are_the_presence_of_the_classes_that_the_segmenter_knows(folder):
    found = guess(folder)
    assert list(found) == IMAGES
    segmenter, _ = prefill.load_segmenter(folder / "model")
    pixels = np.asarray(Image.open(folder / "images" / "0.png"))
    sky, road = presence(np.asarray(probabilities_of(segmenter, pixels[None]))[0])
    np.testing.assert_allclose(found["0.png"], [road, 0, sky], rtol=1e-5)  # it does not know cars


def test_an_image_that_cannot_be_read_is_black_and_named(folder, capsys):
    assert guess(folder)["broken.png"].shape == (3,)
    assert "broken.png: cannot be read" in capsys.readouterr().err


def test_guesses_are_kept_and_order_the_images(folder, monkeypatch):
    first = guess(folder)
    monkeypatch.setattr(prefill, "presence", lambda one: pytest.fail("asked again"))
    again = guess(folder)
    np.testing.assert_array_equal(again["1.png"], first["1.png"])
    assert usefulness(first[in_order(IMAGES, "useful", first)[0]]) == max(map(usefulness, first.values()))
    assert in_order(IMAGES, "name", first) == IMAGES
